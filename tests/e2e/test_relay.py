"""Sound and picture through a real coturn, for a browser whose network lets nothing else through."""

from pathlib import Path

import pytest

from tests.e2e.test_lesson import enter, link
from tests.support.browser import CHROMIUM, chromium, sitting
from tests.support.coturn import SECRET, TURNSERVER, coturn
from tests.support.server import serving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(not TURNSERVER, reason="no coturn on this machine (Debian: apt-get install coturn)"),
]
# The pair would end host to host, were other candidates allowed.
ONLY_RELAYED = """
const Direct = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Direct {
  constructor(config) { super({...config, iceTransportPolicy: "relay"}); }
};
"""
PAIRS = """
async () => {
  const found = [];
  for (const pc of window.__connections) {
    const report = await pc.getStats();
    for (const {type, selectedCandidatePairId} of report.values()) {
      const pair = type === "transport" && report.get(selectedCandidatePairId);
      if (!pair) continue;
      const local = report.get(pair.localCandidateId);
      found.push([local.candidateType, local.relayProtocol]);
    }
  }
  return found;
}
"""


@pytest.mark.rule("MEDIA-19")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_student_behind_a_relay_sees_and_hears(tmp_path: Path, transport: str) -> None:
    async with (
        coturn(tmp_path) as relay,
        serving(tmp_path, forms=relay.config(transport), environ={"ROOMSERVER_TURN_SECRET": SECRET}) as server,
        chromium() as desk,
    ):
        room = await server.room("one_to_many")
        async with sitting(desk, "teacher") as teacher, sitting(desk, "student") as student:
            await student.page.add_init_script(ONLY_RELAYED)
            await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
            await enter(student, link(server.url, room, "s", "student", "小明"))
            await student.receives("energy", more_than=0)

            async def relayed() -> bool:
                return bool(await student.page.evaluate(PAIRS) == [["relay", transport]])

            await student.until(relayed, "everything comes through the relay")
        assert "小明" not in relay.log.read_text("utf-8", "replace")
    assert SECRET not in server.log()
