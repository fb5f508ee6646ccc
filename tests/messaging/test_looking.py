"""Looking at a caught mail is not the reader's opening of it."""

from engine.messaging.sandbox import sandboxed


def test_the_open_pixel_is_left_out_and_other_pictures_stay() -> None:
    html = '<p>Hi</p><img src="https://shop.example/bag.png"><img src="http://127.0.0.1:8000/o/abc-_DEF123.gif" width="1" height="1" alt="">'
    shown = sandboxed(html).content.decode()
    assert "bag.png" in shown
    assert "/o/" not in shown
