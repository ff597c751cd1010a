"""The frames of the long connection: protobuf by hand, as the official client reads and writes it.

A frame has SeqID (1), LogID (2), service (3), method (4: 0 control, 1 data), headers (5: key, value), encoding (6), type (7), payload (8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

CONTROL, DATA = 0, 1


@dataclass
class Frame:
    method: int
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytes = b""
    service: int = 0
    seq: int = 0
    log: int = 0


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def written(frame: Frame) -> bytes:
    parts = [_field(1, frame.seq), _field(2, frame.log), _field(3, frame.service), _field(4, frame.method)]
    parts += [_field(5, _field(1, key.encode()) + _field(2, value.encode())) for key, value in frame.headers.items()]
    return b"".join([*parts, _field(8, frame.payload)] if frame.payload else parts)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
            shift += 7

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        elif tag & 7 == 2:
            length = number()
            yield tag >> 3, data[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {tag & 7}")


def read(data: bytes) -> Frame:
    found, needed = Frame(-1), {1, 2, 3, 4}
    for number, value in _fields(data):
        needed.discard(number)
        match number, value:
            case 1, int():
                found.seq = value
            case 2, int():
                found.log = value
            case 3, int():
                found.service = value
            case 4, int():
                found.method = value
            case 5, bytes():
                key, word = _header(value)
                found.headers[key] = word
            case 8, bytes():
                found.payload = value
    if needed:
        raise ValueError(f"fields {sorted(needed)} are required")
    return found


def _header(data: bytes) -> tuple[str, str]:
    pair: Mapping[int, int | bytes] = dict(_fields(data))
    key, value = pair[1], pair[2]
    assert isinstance(key, bytes)
    assert isinstance(value, bytes)
    return key.decode(), value.decode()
