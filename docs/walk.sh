#!/usr/bin/env bash
# One thread through the running platform, with curl: a department publishes, an enterprise applies, somebody calls.
#
#   docs/walk.sh                                 on http://127.0.0.1:8000
#   BASE=http://127.0.0.1:9000 docs/walk.sh      on another address
#
# Needs the development sign-in, which `make run` opens. May be run as often as you like. Ends with 1 at the first
# answer that is not the expected one.
set -euo pipefail

BASE=${BASE:-http://127.0.0.1:8000}
MARK=$(date +%s)$RANDOM # every run has a document, an item and a ticket of its own
ENTERPRISE=91320281MA0Y90015B
SEEN=""   # what was written so far; sent with each request, so that it is answered from what was just written
ANSWER="" # body of the last answer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Who acts. The form of POST /api/registry/sign-in.
bureau='{"subject": "walk-bureau", "roles": ["data-bureau"]}'
officer='{"subject": "walk-officer", "roles": ["officer"], "department": "gxj"}'
agent='{"subject": "walk-agent", "roles": ["hotline-agent"]}'
applicant='{"subject": "walk-applicant", "roles": ["applicant"], "enterprise": "'$ENTERPRISE'"}'

step() { printf '\n== %s\n' "$1"; }

# field NAME: the first text of that name in the last answer.
field() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' <<<"$ANSWER" | head -n 1; }

# request METHOD PATH TOKEN [BODY]: fills ANSWER and STATUS. Asks again while a read model has not caught up.
request() {
  local method=$1 path=$2 token=$3 body=${4:-}
  local arguments=(--silent --show-error --retry 10 --retry-delay 1 --request "$method"
    --header "Authorization: Bearer $token" --output "$work/body" --dump-header "$work/headers"
    --write-out '%{http_code}')
  [[ -z $SEEN ]] || arguments+=(--header "Chengce-Wait-For: $SEEN")
  [[ -z $body ]] || arguments+=(--header 'Content-Type: application/json' --data-binary "$body"
    --header "Idempotency-Key: walk-$MARK-$(cksum <<<"$path$body" | cut -d' ' -f1)")
  STATUS=$(curl "${arguments[@]}" "$BASE$path")
  ANSWER=$(<"$work/body")
  local position
  position=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Cc]hengce-[Pp]osition: *//p')
  [[ -z $position ]] || SEEN="${SEEN:+$SEEN,}$position"
}

# ask STATUS WHO METHOD PATH [BODY]: signs in, asks, shows the answer, and insists on the status.
ask() {
  local wanted=$1 who=$2 method=$3 path=$4 body=${5:-}
  ANSWER=$(curl --silent --show-error --fail-with-body --header 'Content-Type: application/json' \
    --data-binary "$who" "$BASE/api/registry/sign-in")
  request "$method" "$path" "$(field access_token)" "$body"
  echo "$method $path -> $STATUS"
  python3 -m json.tool --no-ensure-ascii <<<"$ANSWER"
  [[ $STATUS == "$wanted" ]] || { echo "expected $wanted" >&2; exit 1; }
}

step "The data bureau registers a department and an enterprise (a repeat is no harm)"
ask 201 "$bureau" POST /api/registry/departments \
  '{"code": "gxj", "name": "市工业和信息化局", "short_name": "市工信局", "role": "department"}'
ask 201 "$bureau" POST /api/registry/enterprises \
  '{"uscc": "'$ENTERPRISE'", "name": "江阴走查样例有限公司（样例）", "contact": {"name": "样例联系人", "phone": "19900009001"}}'

step "A department publishes a policy document"
NUMBER="样例〔2026〕$MARK号"
ask 201 "$officer" POST /api/policy/documents '{
  "number": "'"$NUMBER"'", "title": "关于支持企业技术改造的若干措施（样例）", "department": "gxj",
  "issued_on": "2026-01-12", "decided_on": "2026-01-09", "themes": ["技术改造"], "disclosure": "public",
  "summary": "对企业设备更新给予补助。", "body": "一、按设备投资额给予补助。"}'

step "An item whose guide lacks parts is refused, all of them named at once (article 10)"
ITEM="gxj-walk-$MARK"
item() {
  echo '{"code": "'"$ITEM"'", "document_number": "'"$NUMBER"'", "title": "技术改造设备补助（样例）", "department": "gxj",
    "support_type": "资金奖补", "procedure": "simple", "amount_fen": 5000000, "window": {"kind": "year-round"},
    "guide": '"$1"'}'
}
ask 422 "$officer" POST /api/policy/items "$(item '{"conditions": ["在江阴市登记注册。"]}')"
[[ $ANSWER == *'"policy.guide-incomplete"'* ]]

step "With a complete guide it is published"
ask 201 "$officer" POST /api/policy/items "$(item '{
  "conditions": ["在江阴市登记注册。"], "materials": [{"name": "设备发票", "required": true}],
  "process": ["网上申报", "部门审核", "拨付"], "promised_days": 20, "office": "技术改造科", "phone": "0510-00001234"}')"

step "The enterprise applies, and sees where its application stands"
ask 201 "$applicant" POST /api/application/applications '{
  "item_code": "'"$ITEM"'", "enterprise": "'$ENTERPRISE'", "statement": "申请设备补助。", "requested_fen": 4000000}'
APPLICATION=$(field id)
ask 200 "$applicant" GET "/api/application/applications/$APPLICATION"

step "The department accepts it: the promised working days begin to run (article 19)"
ask 200 "$officer" POST "/api/application/applications/$APPLICATION/accept" '{}'
ask 200 "$officer" GET "/api/application/applications/$APPLICATION"

step "Somebody calls 12345; the ticket goes to the department, which answers"
TICKET="12345-walk-$MARK"
ask 201 "$agent" POST /api/hotline/tickets '{
  "source": "12345", "number": "walk-'"$MARK"'", "channel": "电话", "nature": "consultation",
  "title": "咨询设备补助何时到账（样例）", "content": "企业询问设备补助的到账时间。", "received_at": "2026-01-13T09:30:00+08:00",
  "caller": {"name": "样例来电人", "phone": "19900009002", "enterprise_uscc": "'$ENTERPRISE'"}}'
ask 200 "$agent" POST "/api/hotline/tickets/$TICKET/dispatch" '{"department": "gxj"}'
ask 200 "$officer" POST "/api/hotline/tickets/$TICKET/answer" '{"text": "补助将在审核通过后拨付，请留意账户。"}'
ask 200 "$officer" GET "/api/hotline/tickets/$TICKET"

step "The enterprise finds in its inbox what it was told"
for _ in {1..30}; do # messages follow events by themselves, a moment later
  ask 200 "$applicant" GET '/api/notify/inbox?limit=10' >"$work/shown"
  [[ $ANSWER != *application-accepted*"application:$APPLICATION"* ]] || break
  sleep 1
done
cat "$work/shown"
[[ $ANSWER == *application-accepted*"application:$APPLICATION"* ]]

step "Analytics has counted all of it"
ask 200 "$bureau" GET '/api/analytics/departments?department=gxj'

printf '\nDone. The events behind it:  chengce events cat application --aggregate application-%s\n' "$APPLICATION"
