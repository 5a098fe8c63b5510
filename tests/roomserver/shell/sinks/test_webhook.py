"""Webhooks: signed so that anybody can verify them, sent where the operator said and nowhere else."""

import base64
import time
from socket import AF_INET

import orjson
import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver
from standardwebhooks import Webhook as Reference
from standardwebhooks import WebhookVerificationError

from loadtest.ports import free_ports
from roomserver.shell.sinks.sink import Undelivered, Unwanted
from roomserver.shell.sinks.webhook import BODY_BYTES, BadSecret, Webhook, secrets_of, signed
from roomserver.shell.store import Letter
from tests.roomserver.shell.sinks.letters import letters
from tests.support.receiver import SECRET, Answers, receiver

OTHER = "whsec_" + base64.b64encode(b"another secret, of 32 bytes now.").decode()


async def send(url: str, letter: Letter, *, allow_private: bool = True, secret: str = SECRET) -> None:
    sink = Webhook(url, secrets_of(secret), now=time.time, allow_private=allow_private)
    try:
        await sink.send([letter])
    finally:
        await sink.close()


def says(status: int, **headers: str) -> Answers:
    return lambda _: web.Response(status=status, headers=headers)


@pytest.mark.rule("SINK-7")
async def test_the_receiver_verifies_the_envelope_and_who_sent_it() -> None:
    [letter] = letters(1)
    async with receiver() as there:
        await send(there.url, letter)
    assert there.heard == [orjson.loads(letter.envelope)]
    headers = there.requests[0].headers
    assert headers["webhook-id"] == "id-1"
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"


@pytest.mark.rule("SINK-7")
def test_a_changed_body_id_or_time_is_not_believed() -> None:
    now = round(time.time())
    headers = signed("id-1", now, b'{"a":1}', secrets_of(SECRET))
    reference = Reference(SECRET)
    for changed, body in [
        ({}, '{"a":2}'),
        ({"webhook-id": "id-2"}, '{"a":1}'),
        ({"webhook-timestamp": str(now + 1)}, '{"a":1}'),
    ]:
        with pytest.raises(WebhookVerificationError):
            reference.verify(body, {**headers, **changed})


@pytest.mark.rule("SINK-7")
async def test_while_one_secret_replaces_another_both_sign() -> None:
    [letter] = letters(1)
    for known in (SECRET, OTHER):
        async with receiver(secret=known) as there:
            await send(there.url, letter, secret=f"{OTHER}\n{SECRET}\n")
        assert there.ids == ["id-1"]


@pytest.mark.rule("SINK-8")
@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 429, 500, 503])
async def test_any_answer_that_is_no_success_is_tried_again(status: int) -> None:
    async with receiver(says(status, Location="/elsewhere")) as there:
        with pytest.raises(Undelivered, match=f"it answered {status}"):
            await send(there.url, letters(1)[0])
    assert len(there.requests) == 1  # and no redirect is followed


@pytest.mark.rule("SINK-9")
async def test_410_and_what_is_too_large_is_never_tried_again() -> None:
    async with receiver(says(410)) as there:
        with pytest.raises(Unwanted, match="410"):
            await send(there.url, letters(1)[0])
        with pytest.raises(Unwanted, match="16000001 bytes"):
            await send(there.url, Letter(1, "a-sink", "id", 0, bytes(BODY_BYTES + 1)))
    assert len(there.requests) == 1


@pytest.mark.rule("SINK-8")
async def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(Undelivered, match="ClientConnectorError"):
        await send(f"http://127.0.0.1:{free_ports()}/", letters(1)[0])


@pytest.mark.rule("SINK-10")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::ffff:127.0.0.1]"])
async def test_a_private_address_is_not_connected_to_however_it_is_written(host: str) -> None:
    async with receiver() as there:
        url = f"http://{host}:{there.port}/sessions"
        with pytest.raises(Undelivered, match="is a private address"):
            await send(url, letters(1)[0], allow_private=False)
        assert there.requests == []
        await send(url, letters(1)[0])
        assert there.ids == ["id-1"]


@pytest.mark.rule("SINK-10")
async def test_the_address_that_is_looked_at_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers for the name is asked once, so there is no moment in which the answer could change."""
    asked: list[str] = []

    async def resolve(_: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        asked.append(host)
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": AF_INET, "proto": 6, "flags": 0}]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    async with receiver() as there:
        url = f"http://rebinds.example:{there.port}/sessions"
        with pytest.raises(Undelivered, match="is a private address"):
            await send(url, letters(1)[0], allow_private=False)
        assert (asked, there.requests) == (["rebinds.example"], [])
        await send(url, letters(1)[0])
        assert there.ids == ["id-1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no secret"),
        ("whsec_not base64", "base64"),
        ("whsec_****", "base64"),
        ("whsec_c2hvcnQ=", "24 to 64 bytes, not 5"),
    ],
)
def test_what_cannot_sign_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadSecret, match=said):
        secrets_of(text)
