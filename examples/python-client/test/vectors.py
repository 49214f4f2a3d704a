"""Runs the protocol's test vectors: `vectors.py FRAMES CONVERSATIONS`, with a server for each scenario
named by the JSON object {"<number>": "<url>"} on standard input.

Frames of a server are read by the client's own reader. Scenarios are spoken to real servers, each up to
the step that needs a hand on the server itself. Prints { frames, scenarios, partly: { <number>: what had to be done } }.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import websockets
from websockets.exceptions import ConnectionClosed

sys.path.insert(0, str(Path(__file__).parent.parent))

from wherry.errors import BadFrame
from wherry.messages import SUBPROTOCOL, read_frame, write_message

SECONDS = 10

# What a client cannot do: let time pass, take a database away, stop a server.
SERVER_STEPS = {"wait", "database", "stop"}


def check_frames(vectors: list[Any]) -> int:
    """Every frame of a server is read, or refused, as it deserves. Returns how many there are."""
    ours = [vector for vector in vectors if vector["direction"] == "down"]
    for vector in ours:
        text = vector["text"] if "text" in vector else json.dumps(vector["frame"])
        try:
            read_frame(text)
            is_read = True
        except BadFrame:
            is_read = False
        assert is_read == vector.get("valid", False), f"{vector['name']}: is_read is {is_read}"
    return len(ours)


class Names:
    """What the names in a conversation stand for, such as "<offset>"."""

    def __init__(self, constants: dict[str, Any]) -> None:
        self._values = {name: it["repeat"] * it["times"] for name, it in constants.items()}

    def resolve(self, wanted: Any) -> Any:
        if isinstance(wanted, list):
            return [self.resolve(item) for item in wanted]
        if isinstance(wanted, dict):
            return {name: self.resolve(item) for name, item in wanted.items()}
        return self._values.get(wanted, wanted) if isinstance(wanted, str) else wanted

    def match(self, wanted: Any, heard: Any, place: str) -> None:
        """Asserts that they are alike; names that are new take what was heard."""
        if isinstance(wanted, str) and wanted.startswith("<") and wanted.endswith(">"):
            if wanted != "<?>":
                known = self._values.setdefault(wanted, heard)
                assert known == heard, f"{place}: {wanted} was {known!r} and is {heard!r}"
        elif isinstance(wanted, dict):
            assert isinstance(heard, dict) and wanted.keys() == heard.keys(), f"{place}: {heard!r}"
            for name, item in wanted.items():
                self.match(item, heard[name], f"{place}.{name}")
        elif isinstance(wanted, list):
            assert isinstance(heard, list) and len(wanted) == len(heard), f"{place}: {heard!r}"
            for index, item in enumerate(wanted):
                self.match(item, heard[index], f"{place}[{index}]")
        else:
            is_same = wanted == heard and isinstance(wanted, bool) == isinstance(heard, bool)
            assert is_same, f"{place}: {heard!r} instead of {wanted!r}"


class Peer:
    """A connection that says and hears what it is told to."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._heard: list[Any] = []

    @staticmethod
    async def connect(url: str) -> Peer:
        return Peer(
            await websockets.connect(
                url, subprotocols=[SUBPROTOCOL], compression=None, max_size=None
            )
        )

    async def say(self, messages: list[Any]) -> None:
        await self._socket.send(f"[{','.join(write_message(each) for each in messages)}]")

    async def say_text(self, text: str) -> None:
        await self._socket.send(text)

    async def hear(self, count: int) -> list[Any]:
        while len(self._heard) < count:
            self._heard += read_frame(await asyncio.wait_for(self._socket.recv(), SECONDS))
        heard, self._heard = self._heard[:count], self._heard[count:]
        return heard

    async def quiet(self) -> None:
        """A ping is answered by its pong and nothing before it."""
        await self.say([{"type": "ping"}])
        heard = await self.hear(1)
        assert heard == [{"type": "pong"}], f"not quiet: {heard!r}"

    async def closed(self) -> int | None:
        try:
            heard = await asyncio.wait_for(self._socket.recv(), SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else None
        raise AssertionError(f"not closed: {heard!r}")

    async def leave(self) -> None:
        await self._socket.close()


class Stage:
    """One scenario and the server it is played on."""

    def __init__(self, url: str, names: Names) -> None:
        self._url = url
        self._names = names
        self._peers: dict[str, Peer] = {}
        self._writes = 0

    async def take(self, step: dict[str, Any], place: str) -> None:
        name = step.get("on", "A")
        if "up" in step:
            await (await self._peer(name)).say(self._names.resolve(step["up"]))
        if "upText" in step:
            await (await self._peer(name)).say_text(step["upText"])
        if "down" in step:
            wanted = step["down"]
            heard = await (await self._peer(name)).hear(len(wanted))
            self._names.match(
                wanted, in_order_of(wanted, heard) if "anyOrder" in step else heard, place
            )
        if "close" in step:
            code = await self._peers.pop(name).closed()
            assert code == step["close"], f"{place}: closed with {code}"
        if "cut" in step:
            await self._peers.pop(name).leave()
        if "write" in step:
            await self._write(step["write"])
        if "quiet" in step:
            for peer in self._peers.values():
                await peer.quiet()

    async def end(self) -> None:
        for peer in self._peers.values():
            await peer.leave()

    async def _peer(self, name: str) -> Peer:
        if name not in self._peers:
            self._peers[name] = await Peer.connect(self._url)
        return self._peers[name]

    async def _write(self, write: dict[str, Any]) -> None:
        """Another connection writes, as anything else might."""
        self._writes += 1
        mutation = {"type": "mutate", "id": 1, "mutationId": f"written-{self._writes}"}
        peer = await Peer.connect(self._url)
        hello = {"type": "hello", "version": 1}
        await peer.say([hello, {**mutation, **self._names.resolve(write)}])
        _, answer = await peer.hear(2)
        assert answer["type"] == "answer", f"the write was refused: {answer!r}"
        await peer.leave()


def in_order_of(wanted: list[Any], heard: list[Any]) -> list[Any]:
    rest, ordered = list(heard), []
    for each in wanted:
        for at, it in enumerate(rest):
            if it["type"] == each["type"] and ("id" not in it or it["id"] == each.get("id")):
                ordered.append(rest.pop(at))
                break
    return ordered + rest


async def play(scenario: dict[str, Any], url: str, constants: dict[str, Any]) -> str | None:
    """Returns what a client cannot do that the scenario goes on with, if there is such a step."""
    stage = Stage(url, Names(constants))
    try:
        for index, step in enumerate(scenario["steps"]):
            beyond = SERVER_STEPS & step.keys()
            if beyond:
                return beyond.pop()
            place = f"scenario {scenario['number']}, step {index}"
            try:
                await stage.take(step, place)
            except TimeoutError as error:
                raise AssertionError(f"{place}: nothing came for {SECONDS} s") from error
    finally:
        await stage.end()
    return None


async def main(frames_path: str, conversations_path: str) -> None:
    urls = json.load(sys.stdin)
    frames = check_frames(json.loads(Path(frames_path).read_text("utf-8")))
    conversations = json.loads(Path(conversations_path).read_text("utf-8"))
    partly = {}
    for scenario in conversations["scenarios"]:
        number = str(scenario["number"])
        why = await play(scenario, urls[number], conversations["constants"])
        if why is not None:
            partly[number] = why
    print(
        json.dumps(
            {"frames": frames, "scenarios": len(conversations["scenarios"]), "partly": partly}
        )
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
