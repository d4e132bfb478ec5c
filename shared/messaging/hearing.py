"""From a message on a stream to what a read model or a reaction hears."""

from __future__ import annotations

from nats.aio.msg import Msg

from shared.contracts.base import Delivered, UnknownContractError
from shared.messaging.cloudevents import Header, decoded, header_of, stream_sequence_of
from shared.messaging.pull import Undecodable
from shared.readmodels.happened import Happened, Heard, Unreadable


def heard_on_stream(msg: Msg) -> Heard:
    """A delivered message, unreadable when its body or type is. Raises ValueError for one that no relay wrote."""
    header = header_of(msg.headers)
    stream_sequence = stream_sequence_of(msg)
    try:
        return _happened(decoded(header, msg.data, stream_sequence))
    except (UnknownContractError, ValueError) as error:
        return _unreadable(header, str(error), stream_sequence)


def heard_from_feed(each: Delivered | Undecodable) -> Heard:
    """What the pull loop yields."""
    if isinstance(each, Delivered):
        return _happened(each)
    return _unreadable(each.header, each.error, each.stream_sequence)


def _happened(delivered: Delivered) -> Happened:
    source, position, previous, aggregate_id, at, _department, event, traceparent, stream_sequence = delivered
    return Happened(source, position, previous, aggregate_id, at, event, None, traceparent, stream_sequence)


def _unreadable(header: Header, error: str, stream_sequence: int) -> Unreadable:
    return Unreadable(
        header.service,
        header.sequence,
        header.previous,
        header.aggregate_id,
        header.ce_type,
        error,
        stream_sequence,
        header.traceparent,
    )
