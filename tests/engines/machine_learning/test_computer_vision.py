"""What looking at a picture must satisfy: what is drawn is found, what is hostile is refused, hashes stay."""

import base64
import hashlib
import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from engines.errors import EngineError, InsufficientData, InvalidInput, LimitExceeded, MissingProgram
from engines.machine_learning.computer_vision import tesseract
from engines.machine_learning.computer_vision.damage import DRAWN
from engines.running import compute
from tests.engines.machine_learning.drawings import decoded, ean13, encoded, mean_of_channels, page, panel

PRINT = ["Condiciones particulares", "Tomador y asegurado", "Prima neta anual", "Garantias y capitales"]
LEVELS = st.integers(0, 255)
CORNERS = st.tuples(*[st.floats(-20, 20)] * 8)


def seen(tool: str, **arguments: Any) -> Any:
    return compute(f"computer_vision_{tool}", arguments)


def smaller_by_a_third(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))


class TestPictures:
    def test_grey_levels_and_their_picture_are_one(self) -> None:
        rng = np.random.default_rng(0)
        levels = rng.integers(0, 256, (20, 30)).astype(np.uint8)
        text = encoded(Image.fromarray(levels))
        for given_ in (text, f"data:image/png;base64,{text}"):
            assert seen("image_metrics", a=levels.tolist(), b=given_).mse == 0

    def test_a_photograph_is_looked_at_the_right_way_up(self) -> None:
        upright = Image.fromarray(np.arange(0, 240, dtype=np.uint8).reshape(12, 20))
        tags = Image.Exif()
        tags[0x0112] = 6  # to be turned a quarter clockwise
        lying = upright.transpose(Image.Transpose.ROTATE_90)
        found = seen("image_metrics", a=encoded(upright), b=encoded(lying, exif=tags.tobytes()))
        assert found.mse == 0

    @pytest.mark.parametrize(
        ("image", "kind"),
        [
            ("", InvalidInput),
            ("no es base64!", InvalidInput),
            (base64.b64encode(b"GIF89a" + bytes(40)).decode(), InvalidInput),
            (base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode(), InvalidInput),
            (base64.b64encode(b"%PDF-1.7 nada").decode(), InvalidInput),
            ([[0, 256], [1, 2]], InvalidInput),
            ([[0.5, 1], [1, 2]], InvalidInput),
        ],
    )
    def test_what_is_no_picture_is_refused(self, image: Any, kind: type[EngineError]) -> None:
        with pytest.raises(kind) as told:
            seen("photo_quality", image=image)
        assert told.value.argument == "image"

    def test_a_cut_off_picture_is_refused(self) -> None:
        whole = base64.b64decode(encoded(panel(1, False)))
        with pytest.raises(InvalidInput):
            seen("photo_quality", image=base64.b64encode(whole[: len(whole) // 2]).decode())

    @pytest.mark.parametrize("side", [5_001, 30_000])
    def test_a_bomb_is_refused_before_it_is_unpacked(self, side: int) -> None:
        def chunk(kind: bytes, held: bytes) -> bytes:
            return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        with pytest.raises(LimitExceeded) as told:
            seen("photo_quality", image=base64.b64encode(bomb).decode())
        assert told.value.argument == "image"

    def test_a_page_of_a_document_is_read_and_one_that_it_has_not_is_named(self) -> None:
        held = io.BytesIO()
        page(["Primera"]).save(held, "PDF", save_all=True, append_images=[page(["Segunda"])], resolution=100)
        document = base64.b64encode(held.getvalue()).decode()
        assert "Segunda" in seen("ocr", image=document, page=2).text
        with pytest.raises(InvalidInput) as told:
            seen("ocr", image=document, page=3)
        assert told.value.argument == "page"


class TestShape:
    @given(st.lists(st.lists(LEVELS, min_size=6, max_size=6), min_size=4, max_size=8))
    @settings(max_examples=30, deadline=None)
    def test_variances_within_and_between_make_up_the_whole(self, rows: list[list[int]]) -> None:
        if len({v for row in rows for v in row}) < 2:
            return
        found = seen("threshold_otsu", image=rows)
        whole = float(np.var(rows))
        assert found.within_class_variance + found.between_class_variance == pytest.approx(whole, rel=1e-9, abs=1e-9)
        # No other level parts the picture better.
        flat = np.ravel(rows).astype(float)
        parted = [(flat[flat < t], flat[flat >= t]) for t in range(1, 256)]
        best = min((a.size * a.var() + b.size * b.var()) / flat.size for a, b in parted if a.size and b.size)
        assert found.within_class_variance == pytest.approx(best, rel=1e-4, abs=1e-6)

    def test_one_level_has_no_threshold(self) -> None:
        with pytest.raises(InvalidInput):
            seen("threshold_otsu", image=[[7, 7], [7, 7]])

    @given(CORNERS)
    @settings(max_examples=30, deadline=None)
    def test_each_corner_goes_where_it_shall_and_back(self, moved: tuple[float, ...]) -> None:
        square = [(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)]
        goal = [(x + moved[2 * i], y + moved[2 * i + 1]) for i, (x, y) in enumerate(square)]
        there = np.reshape(seen("rectify", **{"from": square, "to": goal}).matrix, (3, 3))
        back = np.reshape(seen("rectify", **{"from": goal, "to": square}).matrix, (3, 3))
        for (x, y), (u, v) in zip(square, goal, strict=True):
            p = there @ [x, y, 1]
            assert p[:2] / p[2] == pytest.approx([u, v], abs=1e-3)
        both = back @ there
        assert both / both[2, 2] == pytest.approx(np.eye(3), abs=1e-3)

    @pytest.mark.parametrize("corners", [[[0, 0], [1, 0], [2, 0], [0, 1]], [[0, 0], [1, 1], [1, 0], [0, 1]]])
    def test_corners_in_line_or_crossing_are_refused(self, corners: list[list[float]]) -> None:
        with pytest.raises(InvalidInput) as told:
            seen("rectify", **{"from": corners})
        assert told.value.argument == "from"

    def test_a_sheet_on_a_dark_table_is_found_and_put_upright(self) -> None:
        table = np.full((300, 400), 40, np.uint8)
        y, x = np.mgrid[:300, :400]
        table[(x - 0.2 * y > 60) & (x - 0.2 * y < 300) & (y > 40) & (y < 250)] = 230
        found = seen("rectify", image=encoded(Image.fromarray(table)))
        expected = [(69, 41), (307, 41), (349, 249), (111, 249)]
        assert np.abs(np.array(found.corners) - expected).max() < 4
        straight = np.asarray(decoded(found.image).convert("L"))[8:-8, 8:-8]
        assert straight.min() > 200
        with pytest.raises(InvalidInput) as told:
            seen("rectify", image=[[9] * 40] * 40)
        assert told.value.argument == "image"

    @pytest.mark.parametrize("angle", [-7.0, -1.5, 0.0, 4.0])
    def test_the_angle_of_a_page_is_found(self, angle: float) -> None:
        found = seen("deskew", image=encoded(page(PRINT, angle)))
        assert found.angle == pytest.approx(angle, abs=0.2)
        assert seen("deskew", image=found.image).angle == pytest.approx(0, abs=0.2)


class TestCodes:
    @given(st.text("0123456789", min_size=12, max_size=12))
    @settings(max_examples=8, deadline=None)
    def test_bars_say_their_number(self, digits: str) -> None:
        odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
        number = digits + str(-(odd + 3 * even) % 10)
        found = seen("read_barcode", image=encoded(ean13(number)))
        # With a zero in front it is an American number (UPC-A), which has twelve digits.
        assert found.text == (number[1:] if number[0] == "0" else number)
        assert found.warnings

    @pytest.mark.parametrize("tool", ["read_qr", "read_barcode"])
    def test_a_picture_without_a_code_is_told(self, tool: str) -> None:
        with pytest.raises(InvalidInput) as told:
            seen(tool, image=encoded(panel(3, False)))
        assert told.value.argument == "image"


class TestPhotos:
    def test_a_picture_is_like_itself_and_less_so_with_noise(self) -> None:
        rng = np.random.default_rng(1)
        one = rng.integers(50, 200, (40, 40))
        found = [
            seen("image_metrics", a=one.tolist(), b=np.clip(one + rng.normal(0, s, one.shape).round(), 0, 255).tolist())
            for s in (0, 5, 25)
        ]
        assert found[0].ssim == pytest.approx(1)
        assert found[0].psnr_db is None
        assert found[0].ssim > found[1].ssim > found[2].ssim
        assert found[1].psnr_db > found[2].psnr_db

    def test_pictures_of_other_sizes_do_not_compare(self) -> None:
        with pytest.raises(InvalidInput) as told:
            seen("image_metrics", a=[[0] * 12] * 12, b=[[0] * 12] * 13)
        assert told.value.argument == "b"

    def test_blur_glare_darkness_and_size_are_told_apart(self) -> None:
        rng = np.random.default_rng(2)
        sharp = rng.integers(60, 200, (700, 900, 3)).astype(np.uint8)
        assert seen("photo_quality", image=encoded(Image.fromarray(sharp))).problems == []
        assert seen("photo_quality", image=encoded(Image.fromarray(sharp[:300, :300]))).problems == ["small"]
        shining = sharp.copy()
        shining[:300] = 255
        assert seen("photo_quality", image=encoded(Image.fromarray(shining))).problems == ["glare"]
        dull = np.full_like(sharp, 10)
        assert seen("photo_quality", image=encoded(Image.fromarray(dull))).problems == ["blurred", "dark", "flat"]

    def test_a_blurred_photograph_is_less_sharp(self) -> None:
        from PIL import ImageFilter

        one = panel(4, True)
        blurred = one.filter(ImageFilter.GaussianBlur(3))
        there, less = (seen("photo_quality", image=encoded(p)).sharpness for p in (one, blurred))
        assert less < there / 2

    @pytest.mark.parametrize("seed", range(4))
    def test_a_print_outlives_size_and_compression_and_tells_others_apart(self, seed: int) -> None:
        one = panel(seed, True, 240)
        smaller = smaller_by_a_third(one)
        held = encoded(one.convert("RGB"), "JPEG", quality=40)
        strangers = [encoded(panel(50 + i, True, 240)) for i in range(4)]
        found = seen("duplicate_photo", image=encoded(one), others=[encoded(smaller), held, *strangers])
        assert set(found.duplicates) == {0, 1}
        assert seen("duplicate_photo", image=held, others=[found.hash]).distances[0] == found.distances[1]

    def test_what_is_no_picture_among_the_others_is_named(self) -> None:
        with pytest.raises(InvalidInput) as told:
            seen("duplicate_photo", image=encoded(panel(1, True)), others=["xyz"])
        assert told.value.argument == "others"


class TestExif:
    @staticmethod
    def photo(taken: str | None = "2026:03:05 10:00:00", software: str = "", place: bool = True) -> str:
        tags = Image.Exif()
        if software:
            tags[0x0131] = software
        if taken:
            tags.get_ifd(0x8769)[0x9003] = taken
        if place:
            tags.get_ifd(0x8825).update({1: "N", 2: (40.0, 25.0, 0.0), 3: "W", 4: (3.0, 42.0, 0.0)})
        return encoded(Image.new("RGB", (8, 8), "grey"), "JPEG", exif=tags.tobytes())

    MADRID: dict[str, Any] = {"latitude": 40.4167, "longitude": -3.7}

    def test_a_photograph_of_the_day_and_the_place_has_no_findings(self) -> None:
        found = seen(
            "exif_check", image=self.photo(), occurred_on="2026-03-05", reported_on="2026-03-06", **self.MADRID
        )
        assert found.findings == []
        assert found.distance_km < 0.1
        assert found.stripped is None

    @pytest.mark.parametrize(
        ("photo", "claim", "finding"),
        [
            ({"taken": "2026:03:04 23:00:00"}, {}, "taken_before_event"),
            ({"taken": "2026:03:09 09:00:00"}, {"reported_on": "2026-03-06"}, "taken_after_report"),
            ({"taken": None}, {}, "no_date"),
            ({"taken": "ayer"}, {}, "no_date"),
            ({"software": "GIMP 2.10"}, {}, "edited"),
            ({"place": False}, MADRID, "no_place"),
            ({}, {"latitude": 41.39, "longitude": 2.17}, "far_from_place"),
        ],
    )
    def test_what_disagrees_is_noted(self, photo: dict[str, Any], claim: dict[str, Any], finding: str) -> None:
        found = seen("exif_check", image=self.photo(**photo), occurred_on="2026-03-05", **claim)
        assert found.findings == [finding]

    def test_a_bare_picture_says_nothing_and_accuses_nobody(self) -> None:
        found = seen("exif_check", image=encoded(panel(1, False)), occurred_on="2026-03-05")
        assert found.findings == ["no_exif", "no_date"]
        assert "no indica fraude" in found.warnings[0].text

    def test_a_stripped_picture_carries_nothing(self) -> None:
        found = seen("exif_check", image=self.photo(), occurred_on="2026-03-05", strip=True)
        assert not decoded(found.stripped).getexif()
        assert seen("exif_check", image=found.stripped, occurred_on="2026-03-05").has_exif is False

    def test_half_a_place_is_none(self) -> None:
        with pytest.raises(InvalidInput) as told:
            seen("exif_check", image=self.photo(), occurred_on="2026-03-05", latitude=40)
        assert told.value.argument == "longitude"


class TestDamage:
    def test_drawn_damage_is_put_first_as_often_as_the_caution_says(self) -> None:
        sound, damaged = (
            np.array([seen("damage_features", image=encoded(panel(s, hurt))).score for s in seeds])
            for seeds, hurt in ((range(30), False), (range(1000, 1030), True))
        )
        assert float(np.mean(damaged[:, None] > sound)) == pytest.approx(DRAWN, abs=0.01)

    def test_the_score_is_the_sum_of_what_it_shows(self) -> None:
        found = seen("damage_features", image=encoded(panel(1001, True)))
        assert found.score == pytest.approx(sum(f.weight * min(1, f.value / f.full) for f in found.features))
        assert sum(f.weight for f in found.features) == pytest.approx(1)
        assert found.warnings[0].values["share"] == 87

    def test_the_odd_corner_is_pointed_at(self) -> None:
        picture = np.full((128, 128, 3), 120, np.uint8)
        picture[:16, 112:] = np.random.default_rng(0).integers(0, 255, (16, 16, 3))
        assert seen("damage_features", image=encoded(Image.fromarray(picture))).spots[0] == (0.875, 0, 1, 0.125)

    def test_a_patch_stands_out_of_noise(self) -> None:
        rng = np.random.default_rng(3)
        picture = np.clip(120 + rng.normal(0, 6, (128, 128, 3)), 0, 255).astype(np.uint8)
        picture[48:64, 64:80] = rng.integers(0, 255, (16, 16, 3))
        spots = seen("damage_features", image=encoded(Image.fromarray(picture))).spots
        assert spots[0] == (0.5, 0.375, 0.625, 0.5)

    def test_a_model_of_the_caller_answers(self) -> None:
        model = mean_of_channels(4)
        call = {"model": base64.b64encode(model).decode(), "sha256": hashlib.sha256(model).hexdigest(), "side": 4}
        picture = Image.new("RGB", (9, 9), (255, 0, 0))
        plain: dict[str, Any] = {"mean": (0, 0, 0), "sd": (1, 1, 1)}
        found = seen("damage_score", image=encoded(picture), activation="none", **plain, **call)
        assert found.outputs == pytest.approx([1, 0, 0])
        shares = seen("damage_score", image=encoded(picture), **plain, **call)
        assert sum(shares.outputs) == pytest.approx(1)
        assert shares.score == pytest.approx(np.e / (np.e + 2))
        assert shares.warnings

    @pytest.mark.parametrize(
        ("changed", "argument"),
        [
            ({"sha256": "0" * 64}, "sha256"),
            ({"side": 8}, "model"),
            ({"channels_first": False}, "model"),
            ({"output": 3}, "output"),
        ],
    )
    def test_a_model_that_is_not_the_one_or_does_not_fit_is_refused(
        self, changed: dict[str, Any], argument: str
    ) -> None:
        model = mean_of_channels(4)
        call = {"model": base64.b64encode(model).decode(), "sha256": hashlib.sha256(model).hexdigest(), "side": 4}
        with pytest.raises(InvalidInput) as told:
            seen("damage_score", image=[[9] * 9] * 9, **{**call, **changed})
        assert told.value.argument == argument

    def test_a_file_that_is_no_model_is_refused(self) -> None:
        junk = b"nothing of the kind"
        with pytest.raises(InvalidInput) as told:
            seen(
                "damage_score",
                image=[[9] * 9] * 9,
                model=base64.b64encode(junk).decode(),
                sha256=hashlib.sha256(junk).hexdigest(),
            )
        assert told.value.argument == "model"

    def test_too_small_a_picture_is_told(self) -> None:
        with pytest.raises(InsufficientData):
            seen("damage_features", image=[[1] * 40] * 31)


class TestReading:
    def test_words_stand_where_they_were_drawn(self) -> None:
        found = seen("ocr", image=encoded(page(PRINT)))
        assert [w.text for w in found.words[:2]] == ["Condiciones", "particulares"]
        first = found.words[0]
        assert abs(first.left - 40) < 6
        assert abs(first.top - 50) < 12
        assert found.text.count("\n") >= 3
        assert found.confidence > 80

    def test_an_empty_sheet_has_no_text(self) -> None:
        with pytest.raises(InvalidInput) as told:
            seen("ocr", image=encoded(Image.new("L", (200, 100), 255)))
        assert told.value.argument == "image"

    def test_a_machine_without_the_program_says_how_to_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(MissingProgram) as told:
            seen("ocr", image=[[0, 255], [255, 0]])
        assert "apt install tesseract-ocr" in str(told.value)

    def test_a_language_that_is_not_there_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tesseract, "_languages", lambda: frozenset({"spa"}))
        with pytest.raises(MissingProgram) as told:
            seen("ocr", image=[[0, 255], [255, 0]], lang="spa+eng")
        assert told.value.argument == "lang"
        assert "tesseract-ocr-eng" in str(told.value)

    def test_a_page_that_takes_too_long_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tesseract, "SECONDS", 0.001)
        with pytest.raises(InvalidInput) as told:
            seen("ocr", image=encoded(page(PRINT)))
        assert told.value.argument == "image"

    def test_a_sentence_is_no_table(self) -> None:
        with pytest.raises(InvalidInput):
            seen("table_extract", image=encoded(page(["Una sola frase"])))

    def test_a_paper_is_known_by_what_it_says(self) -> None:
        read = seen(
            "document_classify", image=encoded(page(["FACTURA", "Base imponible", "IVA 21 %", "Total factura"]))
        )
        assert read.label == "invoice"
        assert read.scores == seen("document_classify", text=read.text).scores
        with pytest.raises(InvalidInput):
            seen("document_classify")

    def test_a_heading_or_a_footnote_does_not_close_the_columns(self) -> None:
        rows = [["Cobertura", "Capital", "Prima"], ["Incendio", "120.000", "85,20"], ["Robo", "35.500", "42,15"]]
        sheet = Image.new("L", (1000, 340), 255)
        pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(30)
        pen.text((40, 30), "DETALLE DE COBERTURAS CONTRATADAS EN LA POLIZA", font=font, fill=0)
        for i, row in enumerate(rows):
            for left, cell in zip((40, 420, 760), row, strict=True):
                pen.text((left, 100 + 54 * i), cell, font=font, fill=0)
        pen.text((40, 270), "Importes en euros con impuestos incluidos", font=font, fill=0)
        found = seen("table_extract", image=encoded(sheet))
        assert found.rows[1:4] == rows
        assert found.rows[0] == ["DETALLE DE COBERTURAS CONTRATADAS EN LA POLIZA", "", ""]
        assert found.rows[4][1:] == ["", ""]


def test_a_scan_of_sixteen_bits_is_as_grey_as_it_was() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (20, 30))
    deep = encoded(Image.fromarray((levels * 257).astype(np.uint16)))
    assert seen("image_metrics", a=levels.tolist(), b=deep).mse == 0


@pytest.mark.parametrize("points", [5 / 2, 5 / 3])
def test_a_small_code_in_a_noisy_photograph_is_read(points: float) -> None:
    said = "https://sede.agenciatributaria.gob.es/verifactu?nif=B12345674&numserie=2025/1&importe=345.67"
    code = cv2.QRCodeEncoder.create().encode(said)
    side = round(code.shape[0] * points)
    photo = Image.new("L", (1000, 800), 230)
    drawn = Image.fromarray(code).resize((code.shape[1] * 5, code.shape[0] * 5), Image.Resampling.NEAREST)
    photo.paste(drawn.resize((side, side)), (300, 200))
    noise = np.random.default_rng(0).normal(0, 6, (800, 1000))
    found = seen("read_qr", image=encoded(Image.fromarray(np.clip(photo + noise, 0, 255).astype(np.uint8))))
    assert found.text == said
    assert abs(found.codes[0].corners[0][0] - 304) < 8


def test_a_code_in_light_on_dark_is_read() -> None:
    code = cv2.QRCodeEncoder.create().encode("POLIZA 55667788")
    dark = 255 - np.kron(np.pad(code, 4, constant_values=255), np.ones((6, 6), np.uint8))
    assert seen("read_qr", image=dark.tolist()).text == "POLIZA 55667788"


def test_a_camera_without_a_fix_accuses_nobody() -> None:
    tags = Image.Exif()
    tags.get_ifd(0x8825).update({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})
    tags.get_ifd(0x8769).update({0x9003: "2026-03-05 10:00:00+01:00"})
    photo = encoded(Image.new("RGB", (40, 30), "grey"), "JPEG", exif=tags)
    found = seen("exif_check", image=photo, occurred_on="2026-03-05", latitude=40.4, longitude=-3.7)
    assert found.findings == ["no_place"]
    assert found.latitude is None
    assert found.taken_at == "2026-03-05T10:00:00"


def test_a_photograph_with_a_second_picture_is_stripped_as_finely_as_one_without() -> None:
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8))
    sizes = []
    for kind, more in (("JPEG", {}), ("MPO", {"save_all": True, "append_images": [photo.resize((40, 30))]})):
        given_ = encoded(photo, kind, quality=100, subsampling=0, **more)
        bare = seen("exif_check", image=given_, occurred_on="2026-03-05", strip=True).stripped
        assert decoded(bare).format == "JPEG"
        sizes.append(len(bare))
    assert sizes[1] == pytest.approx(sizes[0], rel=0.02)
