"""Reading and writing the platform's XML: bombs, garbage, and texts that would break out."""

import pytest

from bot.channels.weixin import xml

MESSAGE = """<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>
<CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[ياخشىمۇسىز <b>&amp;]]></Content>
<MsgId>1234567890123456</MsgId><ScanCodeInfo><ScanType>qrcode</ScanType></ScanCodeInfo><Empty/></xml>"""


def test_a_message() -> None:
    fields = xml.read(MESSAGE.encode())
    assert xml.text_of(fields, "Content") == "ياخشىمۇسىز <b>&amp;"
    assert fields["ScanCodeInfo"] == {"ScanType": "qrcode"}
    assert xml.text_of(fields, "ScanCodeInfo") == ""
    assert xml.text_of(fields, "Empty") == ""
    assert xml.text_of(fields, "Missing") == ""


BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'
)
BAD = {
    "empty": b"",
    "garbage": b"\x00\xff\xfe<<<<",
    "JSON": b'{"MsgType": "text"}',
    "truncated": MESSAGE.encode()[:100],
    "another root": b"<html></html>",
    "entity bomb": BOMB.encode(),
    "outside entity": b'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><a>&x;</a></xml>',
    "outside document type": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml></xml>',
    "unknown entity": b"<xml><a>&nbsp;</a></xml>",
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><xml></xml>',
    "two byte encoding that lies": b'<?xml version="1.0" encoding="utf-16"?><xml></xml>',
    "deep": b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
    "long": b"<xml><a>" + b"x" * 70_000 + b"</a></xml>",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_what_is_no_message(body: bytes) -> None:
    with pytest.raises(xml.Unreadable):
        xml.read(body)


@pytest.mark.parametrize(
    "text, back",
    [
        ("您好", "您好"),
        ("]]>", "]]>"),
        ("a]]></Content><Evil>1</Evil>", "a]]></Content><Evil>1</Evil>"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("نومۇرى:\n20261101001005", "نومۇرى:\n20261101001005"),
        ("bell\x07 null\x00 half\ud800", "bell null half"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_what_is_written_is_read_again(text: str, back: str) -> None:
    assert xml.read(xml.write(Content=text, CreateTime=12)) == {"Content": back, "CreateTime": "12"}
