"""Draws the packages' icon: one dot in one ring, the record that is there once. `python3 docs/icon/draw.py icon.png`"""
import struct
import sys
import zlib

SIZE, FINE = 128, 4
BACKGROUND, RING, DOT = (24, 46, 79), (236, 240, 245), (245, 166, 35)


def colour(x, y):
    """Of a point between 0 and 1; None is transparent."""
    corner = 0.2
    dx, dy = max(corner - x, 0, x - 1 + corner), max(corner - y, 0, y - 1 + corner)
    if dx * dx + dy * dy > corner * corner:
        return None
    distance = ((x - 0.5) ** 2 + (y - 0.5) ** 2) ** 0.5
    if distance < 0.13:
        return DOT
    return RING if 0.27 < distance < 0.34 else BACKGROUND


def pixel(column, row):
    """The mean of some points in it: edges are smooth."""
    points = [colour((column + (i + 0.5) / FINE) / SIZE, (row + (j + 0.5) / FINE) / SIZE) for i in range(FINE) for j in range(FINE)]
    seen = [point for point in points if point]
    if not seen:
        return bytes(4)
    return bytes(sum(part) // len(seen) for part in zip(*seen)) + bytes([255 * len(seen) // len(points)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
with open(sys.argv[1], "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
