"""A network between agents whose delays, jitter, loss, duplication and order are known.

Every agent has a network namespace with a TUN device; this process is the wire between them. It stands for the switches
and lines between hosts: it takes packets and gives them back unchanged, with their addresses, when and as often as told.

relay.py CONFIG: reads a JSON object {"prefix", "agents", "paths": {"i>j": {"delay_us", "jitter_us", "loss", "duplicate",
"reorder"}}, "seed"}, makes the namespaces PREFIX0, PREFIX1, ... with addresses 10.77.0.1, .2, ..., prints "ready", and then
has a second address each for whoever collects, 10.78.AGENT.2, seen from here. It then
obeys lines on standard input: "truth" prints what was done since the last time as one line of JSON, {"set": {"i>j": {...}}}
changes paths, and the end of input ends it all.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SPIN_S = 10.0  # It never sleeps while packets are on their way: waking up is not exact enough.


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


def device(prefix, agent):
    """A TUN device that carries the traffic of a namespace; it lasts as long as the descriptor."""
    name, namespace = f"{prefix}{agent}", f"{prefix}{agent}"
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
    run("ip", "netns", "add", namespace)
    run("ip", "link", "set", name, "netns", namespace)
    inside = ("ip", "-n", namespace)
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "addr", "add", f"10.77.0.{agent + 1}/24", "dev", name)
    run(*inside, "link", "set", name, "up", "txqueuelen", "10000")
    # A second network, which nothing happens on, for whoever collects.
    run("ip", "link", "add", f"{name}c", "type", "veth", "peer", "name", "collect", "netns", namespace)
    run("ip", "addr", "add", f"10.78.{agent}.1/30", "dev", f"{name}c")
    run("ip", "link", "set", f"{name}c", "up")
    run(*inside, "addr", "add", f"10.78.{agent}.2/30", "dev", "collect")
    run(*inside, "link", "set", "collect", "up")
    return descriptor


class Truth:
    """What was done to the probes of each path since it was last asked for."""

    def __init__(self):
        self.there = {}
        self.round_trips = {}
        self.transits = {}

    def packet(self, source, target, packet, delay):
        if len(packet) != 124 or packet[9] != 17:
            return
        kind, sequence = packet[32], packet[60:68]
        if kind == 1 and (source, target, sequence) not in self.there:
            self.there[source, target, sequence] = delay
            self.transits.setdefault(f"{source}>{target}", []).append((time.monotonic() + delay, delay))
        elif kind == 2:
            there = self.there.pop((target, source, sequence), None)
            if there is not None:
                self.round_trips.setdefault(f"{target}>{source}", []).append(there + delay)

    def take(self):
        truth = {}
        for path, trips in self.round_trips.items():
            trips.sort()
            transits = sorted(self.transits.get(path, []))
            # Within a burst only: bursts are further apart than 100 ms.
            steps = [abs(b[1] - a[1]) for a, b in zip(transits, transits[1:]) if b[0] - a[0] < 0.1]
            truth[path] = {
                "median_us": trips[len(trips) // 2] * 1e6,
                "jitter_us": sum(steps) / max(len(steps), 1) * 1e6,
                "probes": len(transits),
            }
        self.__init__()
        return truth


def main():
    config = json.load(open(sys.argv[1]))
    lots = random.Random(config["seed"])
    agents = config["agents"]
    paths = {key: dict(path) for key, path in config["paths"].items()}
    wires = [device(config["prefix"], agent) for agent in range(agents)]
    by_descriptor = {wire: agent for agent, wire in enumerate(wires)}
    poll = select.poll()
    for wire in wires:
        poll.register(wire, select.POLLIN)
    poll.register(0, select.POLLIN)
    truth, due, order = Truth(), [], 0
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while due and due[0][0] <= now:
            planned, _, source, target, packet, arrived = heapq.heappop(due)
            truth.packet(source, target, packet, time.monotonic() - arrived)
            try:
                os.write(wires[target], packet)
            except OSError:
                pass
        wait = due[0][0] - now if due else 1.0
        events = poll.poll(0 if wait < SPIN_S else (wait - SPIN_S) * 1000)
        for descriptor, _ in events:
            if descriptor == 0:
                line = sys.stdin.readline()
                if not line:
                    return
                if line.strip() == "truth":
                    print(json.dumps(truth.take()), flush=True)
                else:
                    for key, path in json.loads(line)["set"].items():
                        paths[key].update(path)
                continue
            source = by_descriptor[descriptor]
            while True:
                try:
                    packet = os.read(descriptor, 2048)
                except BlockingIOError:
                    break
                arrived = time.monotonic()
                if len(packet) < 20 or packet[0] >> 4 != 4 or packet[16:19] != b"\x0a\x4d\x00":
                    continue
                target = packet[19] - 1
                path = paths.get(f"{source}>{target}")
                if path is None or not 0 <= target < agents or lots.random() < path["loss"]:
                    continue
                delay = path["delay_us"] + lots.uniform(0, 2 * path["jitter_us"])
                if lots.random() < path["reorder"]:
                    delay += 15_000
                copies = 2 if lots.random() < path["duplicate"] else 1
                for copy in range(copies):
                    order += 1
                    heapq.heappush(due, (arrived + delay / 1e6, order, source, target, packet, arrived))


if __name__ == "__main__":
    try:
        main()
    finally:
        settings = json.load(open(sys.argv[1]))
        for agent in range(settings["agents"]):
            subprocess.run(["ip", "netns", "del", f"{settings['prefix']}{agent}"], capture_output=True)
