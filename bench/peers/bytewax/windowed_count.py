"""Requests by method per minute, by event time, with Bytewax: topic IN of raw lines to topic OUT of JSON rows.

python windowed_count.py BROKER IN OUT
"""

import sys
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
import bytewax.operators.windowing as win
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower
from bytewax.run import cli_main

BROKER, IN, OUT = sys.argv[1:4]
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# The partitions are read at different paces, so events are out of order.
WAIT = timedelta(hours=2)
minutes: dict[bytes, datetime] = {}


def method_and_time(message):
    line = message.value
    at = line.index(b"[") + 1
    quote = line.index(b'"', at) + 1
    stamp = line[at : at + 17]  # 01/Jul/1995:00:00
    minute = minutes.get(stamp)
    if minute is None:
        zone = line[at + 21 : at + 26]
        minute = datetime.strptime((stamp + zone).decode(), "%d/%b/%Y:%H:%M%z").astimezone(timezone.utc)
        minutes[stamp] = minute
    # The minute is all that the windows need.
    return line[quote : line.index(b" ", quote)].decode("latin-1"), minute


def row(counted):
    method, (window, hits) = counted
    start = (EPOCH + window * MINUTE).strftime("%Y-%m-%dT%H:%M:%S")
    return KafkaSinkMessage(None, f'{{"window_start":"{start}","http_method":"{method}","hits":{hits}}}'.encode())


flow = Dataflow("windowed_count")
lines = kop.input("in", flow, brokers=[BROKER], topics=[IN], batch_size=10_000)
keyed = op.map("parse", lines.oks, method_and_time)
counted = win.count_window(
    "count",
    keyed,
    EventClock(ts_getter=lambda item: item[1], wait_for_system_duration=WAIT),
    TumblingWindower(length=MINUTE, align_to=EPOCH),
    key=lambda item: item[0],
)
kop.output("out", op.map("row", counted.down, row), brokers=[BROKER], topic=OUT)

if __name__ == "__main__":
    cli_main(flow)
