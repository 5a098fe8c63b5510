"""Against OpenSSL at the other end."""

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate
from OpenSSL import SSL

from sfu.core.alert import CIPHER, VERSION, Alerts


def connections() -> tuple[SSL.Connection, SSL.Connection]:
    """A client and a server that have shaken hands."""
    client, server = (
        SSL.Connection(RTCCertificate.generateCertificate()._create_ssl_context(SRTP_PROFILES)) for _ in range(2)
    )
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(10):
        for one, other in ((client, server), (server, client)):
            try:
                one.do_handshake()
            except SSL.WantReadError:
                pass
            pass_on(one, other)
    return client, server


def pass_on(one: SSL.Connection, other: SSL.Connection) -> None:
    for datagram in datagrams(one):
        other.bio_write(datagram)


def datagrams(of: SSL.Connection) -> list[bytes]:
    found = []
    try:
        while True:
            found.append(of.bio_read(4096))
    except SSL.WantReadError:
        return found


def alerts(server: SSL.Connection) -> Alerts:
    assert (server.get_protocol_version_name(), server.get_cipher_name()) == (VERSION, CIPHER)
    master, client_random, server_random = server.master_key(), server.client_random(), server.server_random()
    assert master is not None
    assert client_random is not None
    assert server_random is not None
    return Alerts(master, client_random, server_random)


def test_the_client_s_goodbye_is_understood() -> None:
    client, server = connections()
    client.shutdown()
    [goodbye] = datagrams(client)
    assert alerts(server).ends(goodbye)


def test_it_may_stand_behind_other_records() -> None:
    client, server = connections()
    client.send(b"data")
    client.shutdown()
    assert alerts(server).ends(b"".join(datagrams(client)))


def test_data_is_no_goodbye() -> None:
    client, server = connections()
    client.send(b"data")
    [data] = datagrams(client)
    assert not alerts(server).ends(data)


def test_nobody_else_can_say_it() -> None:
    client, server = connections()
    found = alerts(server)
    client.shutdown()
    [goodbye] = datagrams(client)
    for at in range(len(goodbye)):
        assert not found.ends(goodbye[:at])
        assert not found.ends(goodbye[:at] + bytes((goodbye[at] ^ 1,)) + goodbye[at + 1 :])
    assert not found.ends(found.close_notify())  # our own, sent back to us


def test_the_client_understands_ours() -> None:
    client, server = connections()
    client.bio_write(alerts(server).close_notify())
    with pytest.raises(SSL.ZeroReturnError):
        client.recv(100)
