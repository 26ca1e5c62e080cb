"""A file's other ways in: the API and the command line, over the running product."""

import contextlib
import http.client
import uuid
from pathlib import Path

import httpx

from tests.instance import Karwan
from tests.orders.test_files import CHINESE, a_line, as_csv
from tests.staff.people import Colleague


def test_a_program_brings_a_file(program: httpx.Client) -> None:
    lines = [a_line(order_number="P-1"), a_line(order_number="P-2", buyer_phone="?")]
    content = as_csv(lines, "gb18030", CHINESE)
    first = program.post("/orders/import", files={"file": ("订单.csv", content)})
    assert first.status_code == 200, first.text
    told = first.json()
    assert (told["state"], told["lines"], told["added"], told["same"]) == ("done", 2, 1, 0)
    assert told["errors"] == [
        {"line": 3, "code": "bad_phone", "field": "buyer_phone", "message": "手机号：不是电话号码。"}
    ]
    again = program.post("/orders/import", content=content, headers={"Accept-Language": "en"}).json()
    assert (again["added"], again["changed"], again["same"]) == (0, 0, 1)
    assert again["errors"][0]["message"] == "Phone: This is no phone number."
    looked = program.get(f"/orders/imports/{again['id']}", headers={"Accept-Language": "en"})
    assert looked.json() == again
    assert program.get("/orders/P1").json()["status"] == "shipped"


def test_a_file_that_cannot_be_read_is_refused_whole(program: httpx.Client) -> None:
    before = len(program.get("/orders", params={"limit": 200}).json()["items"])
    for content, code in (
        (b"", "empty_file"),
        (b"a,b\n1,2\n", "no_header"),
        (b"PK\x03\x04" * 99, "broken_excel"),
    ):
        answer = program.post("/orders/import", content=content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert _announced(program, 2**30) == 413
    assert len(program.get("/orders", params={"limit": 200}).json()["items"]) == before


def _announced(program: httpx.Client, size: int) -> int:
    """The status for a body of which nothing but its size has come."""
    line = http.client.HTTPConnection(program.base_url.host, program.base_url.port, timeout=30)
    line.putrequest("POST", "/api/v1/orders/import")
    for name, value in (
        ("Authorization", program.headers["Authorization"]),
        ("Content-Type", "text/csv"),
        ("Content-Length", str(size)),
    ):
        line.putheader(name, value)
    line.endheaders()
    with contextlib.closing(line):
        return line.getresponse().status


def test_the_command_line_makes_a_shop_and_takes_its_orders(karwan: Karwan, tmp_path: Path) -> None:
    slug = f"cli-{uuid.uuid4().hex[:8]}"
    made = karwan.command("shop", "create", "--shop", slug, "--name", "新店")
    assert (made.returncode, slug in made.stdout) == (0, True), made.stderr
    again = karwan.command("shop", "create", "--shop", slug, "--name", "新店")
    assert (again.returncode, again.stderr) == (2, f"karwan: there is a shop '{slug}' already\n")
    file = tmp_path / "orders.csv"
    file.write_bytes(as_csv([a_line(), a_line(order_number="A-2", status="?")]))
    taken = karwan.command("orders", "import", str(file), "--shop", slug)
    assert taken.returncode == 0, taken.stderr
    assert "line 3: Status: This status is not known." in taken.stdout
    assert "2 lines, 1 bad; 1 orders: 1 added, 0 changed, 0 as they were" in taken.stdout
    file.write_bytes(b"nothing\n")
    refused = karwan.command("orders", "import", str(file), "--shop", slug)
    assert refused.returncode == 2
    assert "karwan: nothing was taken: No line names the columns." in refused.stderr


def test_nobody_elses_import_is_there(karwan: Karwan, program: httpx.Client, shop_slug: str) -> None:
    mine = program.post("/orders/import", content=as_csv([a_line(order_number="Q-1")])).json()
    with Colleague.hired(karwan, shop_slug, "owner") as stranger:
        assert stranger.http.get(f"/orders/imports/{mine['id']}").status_code == 404
