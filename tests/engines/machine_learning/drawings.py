"""Pictures drawn for the tests: pages, panels of a car with and without damage, bar codes."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LEFT = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split()
PARITY = "LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL".split()


def encoded(picture: Image.Image, kind: str = "PNG", **how: object) -> str:
    held = io.BytesIO()
    picture.save(held, kind, **how)  # type: ignore[arg-type]
    return base64.b64encode(held.getvalue()).decode("ascii")


def decoded(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def page(lines: list[str], angle: float = 0.0, size: tuple[int, int] = (900, 320)) -> Image.Image:
    """Lines of print, turned counter-clockwise by `angle` degrees."""
    sheet = Image.new("L", size, 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(32)
    for i, line in enumerate(lines):
        pen.text((40, 40 + 54 * i), line, font=font, fill=0)
    return sheet.rotate(angle, fillcolor=255, resample=Image.Resampling.BICUBIC) if angle else sheet


def panel(seed: int, damaged: bool, size: int = 160) -> Image.Image:
    """A painted panel with its gaps and its handle; a damaged one has a crack, a dent or a stain, of any strength."""
    rng = np.random.default_rng(seed)
    colour = rng.integers(40, 220, 3).astype(float)
    shade = np.linspace(1 - rng.uniform(0, 0.2), 1, size)[:, None, None]
    surface = colour * shade + rng.normal(0, rng.uniform(1, 4), (size, size, 3))
    if damaged and rng.random() < 0.6:
        surface = dented(surface, rng)
    drawn = Image.fromarray(np.clip(surface, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(drawn)
    for _ in range(int(rng.integers(0, 3))):
        at = int(rng.integers(20, size - 20))
        pen.line(((at, 0), (at, size)), fill=tuple((colour * 0.4).astype(int)), width=2)
    if rng.random() < 0.5:
        x, y = (int(v) for v in rng.integers(30, size - 90, 2))
        pen.rectangle((x, y, x + 60, y + 16), fill=tuple((colour * 0.6).astype(int)))
    if damaged:
        cracked(pen, rng, size)
    return drawn.filter(ImageFilter.GaussianBlur(0.6))


def dented(surface: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    size = len(surface)
    y, x = np.mgrid[:size, :size]
    cx, cy, r = rng.uniform(60, size - 60), rng.uniform(60, size - 60), rng.uniform(20, 50)
    slope = np.exp(-(((x - cx) / r) ** 2 + ((y - cy) / r) ** 2)) * (x - cx) / r
    return surface + 80 * slope[:, :, None]


def cracked(pen: ImageDraw.ImageDraw, rng: np.random.Generator, size: int) -> None:
    tone = tuple(int(v) for v in rng.integers(0, 255, 3))
    for _ in range(int(rng.integers(2, 9))):
        at, way = rng.uniform(20, size - 20, 2), rng.uniform(0, 2 * np.pi)
        for _ in range(int(rng.integers(5, 20))):
            way += rng.normal(0, 0.6)
            following = at + 9 * np.array([np.cos(way), np.sin(way)])
            pen.line((*at, *following), fill=tone, width=int(rng.integers(1, 3)))
            at = following


def ean13(digits: str) -> Image.Image:
    """The bars of a number of thirteen digits (ISO/IEC 15420), three points a module."""

    def inverse(code: str) -> str:
        return code.translate(str.maketrans("01", "10"))

    left = zip(PARITY[int(digits[0])], digits[1:7], strict=True)
    code = "101" + "".join(LEFT[int(d)] if p == "L" else inverse(LEFT[int(d)])[::-1] for p, d in left)
    code += "01010" + "".join(inverse(LEFT[int(d)]) for d in digits[7:]) + "101"
    bars = np.array([[0 if bit == "1" else 255 for bit in code]], np.uint8)
    return Image.fromarray(np.pad(np.repeat(np.repeat(bars, 3, 1), 120, 0), 36, constant_values=255))


def mean_of_channels(side: int) -> bytes:
    """An ONNX model (IR 7, opset 12) whose three outputs are the means of the channels of a (1, 3, side, side) input.

    Written field by field of the ONNX protocol buffers: the package that writes models is none of ours.
    """

    def field(number: int, held: bytes | int) -> bytes:
        if isinstance(held, int):
            return bytes([number << 3, held])
        return bytes([number << 3 | 2, len(held)]) + held

    def tensor(name: bytes, shape: tuple[int, ...]) -> bytes:
        sizes = b"".join(field(1, field(1, size)) for size in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))

    node = field(1, b"x") + field(2, b"y") + field(4, b"GlobalAveragePool")
    graph = field(1, node) + field(2, b"means")
    graph += field(11, tensor(b"x", (1, 3, side, side))) + field(12, tensor(b"y", (1, 3, 1, 1)))
    return field(1, 7) + field(7, graph) + field(8, field(1, b"") + field(2, 12))
