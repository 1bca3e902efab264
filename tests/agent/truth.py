"""Agents on a network whose delays, jitter and loss are known: do they tell the truth?

truth.py COLOCATE FOLDER [--agents N] [--seconds N] [--quiet-seconds N] [--strict]

Starts agents in network namespaces joined by relay.py, collects a matrix with `colocate latency collect`, and compares it
with what the relay did. Then 1 % loss and a route that is 2 ms longer have to be found, and with --quiet-seconds nothing
may be found where nothing changes. Prints one JSON object. Without --strict only what holds on a busy machine is judged.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time

KEY = "8f0c2a7d1e5b4936a1c7d2e8f4b6053917c8a2e4d6b0f1358a9c7e2d4b6f0135"
HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = f"ca{os.getpid() % 10000}x"


class Cluster:
    """Agents, each in a rack of its own, and the wire between them."""

    def __init__(self, binary, folder, paths, agents):
        self.binary, self.folder, self.agents, self.processes = binary, folder, agents, []
        config = os.path.join(folder, "relay.json")
        with open(config, "w") as file:
            json.dump({"prefix": PREFIX, "agents": agents, "paths": paths, "seed": 1}, file)
        relay = [sys.executable, os.path.join(HERE, "relay.py"), config]
        self.relay = subprocess.Popen(relay, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.relay.stdout.readline().strip() == "ready", "no relay"
        self.write("keys", KEY + "\n")
        peer = '[[peers]]\nhost = "h{0}"\naddresses = ["10.77.0.{1}"]\nin = {{ rack = "r{0}" }}\n'
        self.write("peers.toml", "".join(peer.format(agent, agent + 1) for agent in range(agents)))
        for agent in range(agents):
            self.start(agent)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)
        return os.path.join(self.folder, name)

    def start(self, agent):
        config = self.write(f"agent{agent}.toml", f'''
host = "h{agent}"
listen = "10.77.0.{agent + 1}:4650"
keys = "{self.folder}/keys"
[peers]
file = "{self.folder}/peers.toml"
[probe]
round_ms = 1000
burst = 50
timeout_ms = 200
[server]
listen = "10.78.{agent}.2:4651"
insecure = true
[metrics]
listen = "10.78.{agent}.2:9465"
''')
        log = open(os.path.join(self.folder, f"agent{agent}.log"), "w")
        words = ["ip", "netns", "exec", f"{PREFIX}{agent}", self.binary, "agent", "--config", config]
        self.processes.append(subprocess.Popen(words, stderr=log, stdin=subprocess.DEVNULL))

    def truth(self):
        self.ask("truth")
        return json.loads(self.relay.stdout.readline())

    def ask(self, line):
        self.relay.stdin.write(line + "\n")
        self.relay.stdin.flush()

    def collect(self, window):
        urls = [f"http://10.78.{agent}.2:4651" for agent in range(self.agents)]
        words = [self.binary, "latency", "collect", "--measured-only", "--window", f"{window}s", "--keep", f"{window}s"]
        done = subprocess.run([*words, "--agents", *urls], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["lms_measurements"], done.stderr

    def log(self, pattern):
        """Lines of the agents' logs that match, with the agent."""
        found = []
        for agent in range(self.agents):
            with open(os.path.join(self.folder, f"agent{agent}.log")) as file:
                found += [(agent, line.strip()) for line in file if re.search(pattern, line)]
        return found

    def wait_for(self, pattern, agent, limit):
        begin = time.monotonic()
        while time.monotonic() - begin < limit:
            if any(found == agent for found, _ in self.log(pattern)):
                return round(time.monotonic() - begin, 1)
            time.sleep(0.5)
        return None

    def end(self):
        for process in self.processes:
            process.terminate()
        codes = [process.wait(timeout=30) for process in self.processes]
        self.relay.stdin.close()
        self.relay.wait(timeout=30)
        return codes


def paths(agents):
    lots = random.Random(5)
    made = {}
    for source in range(agents):
        for target in range(agents):
            if source != target:
                made[f"{source}>{target}"] = {
                    "delay_us": lots.choice([100, 300, 800, 2000, 8000]),
                    "jitter_us": lots.choice([100, 200, 500, 1000]),
                    "loss": lots.choice([0, 0, 0.002, 0.005, 0.02]),
                    "duplicate": lots.choice([0, 0.01]),
                    "reorder": lots.choice([0, 0, 0.01]),
                }
    return made


def compare(measured, truth, wires):
    rows = []
    for key, known in sorted(truth.items()):
        source, target = key.split(">")
        path = measured.get(f"r{source}", {}).get(f"r{target}")
        row = {"path": key, "median_us": known["median_us"], "jitter_us": known["jitter_us"]}
        back = wires[f"{target}>{source}"]["loss"]
        row["loss"] = 1 - (1 - wires[key]["loss"]) * (1 - back)
        if path:
            row["measured"] = {name: path.get(name, 0) for name in ("p50_us", "jitter_us", "loss", "samples")}
            off = abs(path["p50_us"] - row["median_us"])
            row["median_ok"] = off <= 0.05 * row["median_us"] + 50
            row["median_near"] = off <= 0.3 * row["median_us"] + 1000
            row["jitter_ok"] = abs(path["jitter_us"] - row["jitter_us"]) <= 0.15 * row["jitter_us"]
            row["loss_ok"] = path["loss_low"] - 1e-9 <= row["loss"] <= path["loss_high"] + 1e-9
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--agents", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--quiet-seconds", type=int, default=0)
    parser.add_argument("--strict", action="store_true")
    args = parser.parse_args()
    wires = paths(args.agents)
    cluster = Cluster(args.binary, args.folder, wires, args.agents)
    result = {}
    try:
        time.sleep(4)
        cluster.truth()
        time.sleep(args.seconds)
        truth = cluster.truth()
        measured, said = cluster.collect(args.seconds)
        rows = compare(measured, truth, wires)
        share = lambda name: sum(row.get(name, False) for row in rows) / max(len(rows), 1)
        result["pairs"] = len(rows)
        result["unreliable_rounds"] = len(cluster.log("unreliable:"))
        result["shares"] = {name: round(share(name), 3) for name in ("median_ok", "median_near", "jitter_ok", "loss_ok")}
        result["rows"] = rows if args.strict else []
        if args.quiet_seconds:
            cluster.ask(json.dumps({"set": {key: {"loss": 0} for key in wires}}))
            time.sleep(5)
            before = len(cluster.log("has changed|more is lost"))
            time.sleep(args.quiet_seconds)
            result["false_alarms"] = len(cluster.log("has changed|more is lost")) - before
        if args.strict:
            quiet = [key for key, path in wires.items() if path["loss"] == 0 and wires[key[::-1]]["loss"] == 0]
            lossy = quiet[0]
            cluster.ask(json.dumps({"set": {lossy: {"loss": 0.01}}}))
            result["loss_found_s"] = cluster.wait_for("more is lost.*h" + lossy[2], int(lossy[0]), 60)
            moved = next(key for key in quiet if key not in (lossy, lossy[::-1]))
            delay = wires[moved]["delay_us"] + 2000
            cluster.ask(json.dumps({"set": {moved: {"delay_us": delay}}}))
            result["route_found_s"] = cluster.wait_for("round trip has changed.*h" + moved[2], int(moved[0]), 60)
    finally:
        result["exit_codes"] = cluster.end()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
