"""Calls a running server with grpcio, a client that shares no code with it.

    suite.py CASE SERVER.json

SERVER.json says where the server is and what to call it with: address, ca, token, other_token, stubs (a folder with the
Python stubs of adapters/proto), problem (a file with an encoded colocate.v1.Problem). What a case found out is printed as
one JSON object.
"""

import json
import os
import pathlib
import sys
import threading
import time

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from google.protobuf import json_format
from grpc_status import rpc_status

SERVER = json.loads(pathlib.Path(sys.argv[2]).read_text())
sys.path.insert(0, SERVER["stubs"])

from colocate.v1 import cluster_pb2, explanation_pb2, outcome_pb2, solver_pb2, solver_pb2_grpc  # noqa: E402
from colocate.v1 import agents_pb2, agents_pb2_grpc  # noqa: E402
from colocate.v1 import forecasts_pb2, forecasts_pb2_grpc  # noqa: E402
from colocate.v1 import latencies_pb2, latencies_pb2_grpc  # noqa: E402

OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def channel(token=SERVER["token"], options=()):
    """A channel with TLS where the server has it, and with a token."""
    options = [*OPTIONS, *options]
    if SERVER["ca"] is None:
        return grpc.insecure_channel(SERVER["address"], options)
    tls = grpc.ssl_channel_credentials(pathlib.Path(SERVER["ca"]).read_bytes())
    if token is not None:
        tls = grpc.composite_channel_credentials(tls, grpc.access_token_call_credentials(token))
    return grpc.secure_channel(SERVER["address"], tls, options)


def solver(token=SERVER["token"], options=()):
    return solver_pb2_grpc.SolverStub(channel(token, options))


def forecasts_stub(token=SERVER["token"]):
    return forecasts_pb2_grpc.ForecastsStub(channel(token))


def latency_stub(token=SERVER["token"]):
    return latencies_pb2_grpc.LatencyStub(channel(token))


def problem():
    return solver_pb2.Problem.FromString(pathlib.Path(SERVER["problem"]).read_bytes())


def limits(**fields):
    message = solver_pb2.Limits(threads=1)
    if "seconds" in fields:
        message.time.FromMilliseconds(int(fields["seconds"] * 1000))
    if "iterations" in fields:
        message.iterations = fields["iterations"]
    return message


def solve_request(**fields):
    return solver_pb2.SolveRequest(problem=problem(), **fields)


def error(call):
    """The error that a call ends with."""
    try:
        call()
    except grpc.RpcError as caught:
        return caught
    raise AssertionError("the call was answered")


def details(caught, kind):
    status = rpc_status.from_call(caught)
    found = []
    for any_message in status.details if status else []:
        message = kind()
        if any_message.Unpack(message):
            found.append(message)
    return found


def every_call():
    """Each method answers, and the answers agree with each other."""
    stub = solver()
    started = stub.Check(solver_pb2.CheckRequest(problem=problem()))
    answer = stub.Solve(solve_request(method=solver_pb2.METHOD_SEARCH, limits=limits(iterations=20000)))
    assert answer.status in (outcome_pb2.STATUS_FEASIBLE, outcome_pb2.STATUS_OPTIMAL), answer.status
    assert answer.initial_objective == started.objective
    checked = stub.Check(solver_pb2.CheckRequest(problem=problem(), placement=answer.placement))
    assert checked.feasible and checked.objective == answer.objective

    directives = [directive for wave in answer.plan.waves for directive in wave.directives]
    moves = {directive.component_id: directive.target_host for directive in directives}
    what_if = stub.Evaluate(solver_pb2.EvaluateRequest(
        problem=problem(),
        moves=[explanation_pb2.Relocation(component_id=c, target_host=h) for c, h in moves.items()],
    )).what_if
    assert not what_if.blocked and what_if.after == answer.plan.after

    explained = stub.Explain(solver_pb2.ExplainRequest(problem=problem(), plan=answer.plan, limits=limits(seconds=5)))
    assert explained.plan_hash == answer.plan.hash
    assert [part.component_id for part in explained.directives] == [d.component_id for d in directives]

    front = stub.Pareto(solver_pb2.ParetoRequest(problem=problem(), points=4, limits=limits(iterations=5000)))
    assert front.axes == [solver_pb2.AXIS_LATENCY, solver_pb2.AXIS_MOVES] and front.points, front
    assert stub.Validate(solver_pb2.ValidateRequest(problem=problem())).faults == []

    incumbents, last = [], None
    request = solver_pb2.SolveStreamRequest(
        solve=solve_request(method=solver_pb2.METHOD_SEARCH, limits=limits(iterations=20000)), placements=True)
    for message in stub.SolveStream(request):
        last = message.WhichOneof("event")
        if last == "incumbent":
            incumbents.append(message.incumbent)
        elif last == "answer":
            assert message.answer.plan.hash == answer.plan.hash
    assert last == "answer" and incumbents
    by_goal = {}
    for incumbent in incumbents:
        assert incumbent.total <= by_goal.get(incumbent.goal, incumbent.total)
        by_goal[incumbent.goal] = incumbent.total
    with_placement = [incumbent for incumbent in incumbents if incumbent.HasField("placement")]
    assert with_placement
    request = solver_pb2.CheckRequest(problem=problem(), placement=with_placement[-1].placement)
    assert stub.Check(request).feasible

    assert error(lambda: stub.Cancel(solver_pb2.CancelRequest(solve_id="nobody"))).code() == grpc.StatusCode.NOT_FOUND

    health = health_pb2_grpc.HealthStub(channel(token=None))
    for service in ("", "colocate.v1.Solver"):
        status = health.Check(health_pb2.HealthCheckRequest(service=service)).status
        assert status == health_pb2.HealthCheckResponse.SERVING, service

    reflection = reflection_pb2_grpc.ServerReflectionStub(channel())
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    listed = next(reflection.ServerReflectionInfo(iter([asked]))).list_services_response
    names = {service.name for service in listed.service}
    assert {f"colocate.v1.{name}" for name in ("Solver", "Forecasts", "Latency", "Agents")} <= names, names

    # This server makes no forecasts, measures nothing, and is no agent.
    agents = agents_pb2_grpc.AgentsStub(channel())
    for service, reason, call in (
        ("Forecasts", "FORECASTS", lambda: forecasts_stub().Get(forecasts_pb2.ForecastsGetRequest())),
        ("Latency", "LATENCY", lambda: latency_stub().Get(latencies_pb2.LatencyGetRequest())),
        ("Agents", "AGENT", lambda: list(agents.Measurements(agents_pb2.AgentsMeasurementsRequest()))),
    ):
        caught = error(call)
        assert caught.code() == grpc.StatusCode.UNIMPLEMENTED, caught
        assert [info.reason for info in details(caught, error_details_pb2.ErrorInfo)] == [f"{reason}_NOT_CONFIGURED"]
        request = health_pb2.HealthCheckRequest(service=f"colocate.v1.{service}")
        assert health.Check(request).status == health_pb2.HealthCheckResponse.NOT_SERVING
    return {"incumbents": len(incumbents), "moves": len(directives), "points": len(front.points)}


def deadline():
    """A solve whose deadline comes long before its limit answers in time with the best so far."""
    stub = solver()
    stub.Check(solver_pb2.CheckRequest(problem=problem()))
    took = []
    for _ in range(5):
        begun = time.monotonic()
        answer = stub.Solve(
            solve_request(method=solver_pb2.METHOD_SEARCH, limits=limits(seconds=600)), timeout=SERVER.get("deadline", 0.5))
        took.append(time.monotonic() - begun)
        assert answer.status in (outcome_pb2.STATUS_FEASIBLE, outcome_pb2.STATUS_OPTIMAL), answer.status
        assert answer.plan.hash
    return {"seconds": took}


def begin(stub, results, index, solve_id="", **fields):
    """A solve on a thread of its own that is under way, once it has an incumbent; its stream's end goes to results."""
    running = threading.Event()

    def run():
        try:
            request = solver_pb2.SolveStreamRequest(solve=solve_request(
                solve_id=solve_id, method=solver_pb2.METHOD_SEARCH, limits=limits(seconds=600), **fields))
            for message in stub.SolveStream(request):
                running.set()
                results[index] = message
            results[index] = (time.monotonic(), results[index].answer)
        except grpc.RpcError as caught:
            results[index] = (time.monotonic(), caught)
            running.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert running.wait(120)
    return thread


def cancel():
    """A cancelled solve answers with the best it has, and its place is free for the next one; nobody else can cancel it."""
    stub, took = solver(), []
    other = solver(SERVER["other_token"])
    for round_number in range(5):
        results = {}
        thread = begin(stub, results, 0, solve_id=f"mine-{round_number}")
        request = solver_pb2.CancelRequest(solve_id=f"mine-{round_number}")
        assert error(lambda: other.Cancel(request)).code() == grpc.StatusCode.NOT_FOUND
        begun = time.monotonic()
        stub.Cancel(request)
        thread.join(120)
        ended, answer = results[0]
        took.append(ended - begun)
        assert answer.stop_reason == outcome_pb2.STOP_REASON_INTERRUPTED, answer
        assert answer.placement.hosts and answer.plan.hash
    return {"seconds": took}


def admission():
    """Of a hundred solves at a limit of two, two run and the others hear why not."""
    stub, results = solver(), {}
    threads = [begin(stub, results, index, solve_id=f"held-{index}") for index in range(2)]
    refused = []
    for _ in range(98):
        caught = error(lambda: stub.Solve(solve_request(limits=limits(seconds=600))))
        assert caught.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, caught
        refused += [info.reason for info in details(caught, error_details_pb2.ErrorInfo)]
        assert details(caught, error_details_pb2.RetryInfo)
    for index in range(2):
        stub.Cancel(solver_pb2.CancelRequest(solve_id=f"held-{index}"))
    for thread in threads:
        thread.join(120)
    assert all(results[index][1].plan.hash for index in range(2))
    assert len(refused) == 98 and set(refused) == {"SOLVES"}, refused
    assert stub.Solve(solve_request(method=solver_pb2.METHOD_GREEDY)).placement.hosts
    return {"refused": len(refused)}


def hostile():
    """What is wrong is said, and harms nobody."""
    for token in (None, "wrong" * 10):
        caught = error(lambda: solver(token).Check(solver_pb2.CheckRequest(problem=problem())))
        assert caught.code() == grpc.StatusCode.UNAUTHENTICATED, caught

    stub = solver()
    bad = problem()
    bad.cluster.components[0].host = "nowhere"
    bad.cluster.components[1].service = "nobody"
    bad.cluster.hosts[0].capacity["cpu"] = -1
    caught = error(lambda: stub.Solve(solver_pb2.SolveRequest(problem=bad)))
    assert caught.code() == grpc.StatusCode.INVALID_ARGUMENT, caught
    faults = details(caught, outcome_pb2.Fault)
    listed = {(fault.document, fault.place) for fault in faults}
    wanted = {("cluster", "/components/0/host"), ("cluster", "/components/1/service"),
              ("cluster", "/hosts/0/capacity/cpu")}
    assert wanted <= listed, listed
    assert all(fault.code.startswith("E") and fault.cause and fault.action for fault in faults)
    violations = [v for request in details(caught, error_details_pb2.BadRequest) for v in request.field_violations]
    assert {f"{d} {p}" for d, p in wanted} <= {v.field for v in violations}, violations
    validated = stub.Validate(solver_pb2.ValidateRequest(problem=bad)).faults
    assert wanted <= {(fault.document, fault.place) for fault in validated}

    # More faults than headers have room for.
    for component in bad.cluster.components:
        component.host = "nowhere" * 10
    caught = error(lambda: stub.Solve(solver_pb2.SolveRequest(problem=bad)))
    assert caught.code() == grpc.StatusCode.INVALID_ARGUMENT, caught
    validated = stub.Validate(solver_pb2.ValidateRequest(problem=bad)).faults
    assert len(validated) >= len(bad.cluster.components)

    caught = error(lambda: stub.Solve(solver_pb2.SolveRequest()))
    assert caught.code() == grpc.StatusCode.INVALID_ARGUMENT, caught

    large = solver_pb2.SolveRequest(problem=solver_pb2.Problem(cluster=cluster_pb2.Cluster(
        partitions=["x" * (1 << 20)] * (SERVER["message_mib"] + 1))))
    caught = error(lambda: stub.Solve(large))
    assert caught.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE), caught

    # The same in few bytes: 1,000 times smaller on the wire.
    packed = channel(options=[("grpc.default_compression_algorithm", grpc.Compression.Gzip)])
    caught = error(lambda: solver_pb2_grpc.SolverStub(packed).Solve(large, compression=grpc.Compression.Gzip))
    assert caught.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE), caught

    raw = channel().unary_unary("/colocate.v1.Solver/Solve", lambda bytes_: bytes_, lambda bytes_: bytes_)
    for message in (b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x7f", bytes(range(256)) * 16):
        caught = error(lambda: raw(message))
        assert caught.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL), caught

    assert stub.Check(solver_pb2.CheckRequest(problem=problem())).objective
    compressed = solver_pb2_grpc.SolverStub(packed)
    assert compressed.Check(solver_pb2.CheckRequest(problem=problem()), compression=grpc.Compression.Gzip).objective
    return {"faults": len(faults)}


def same_answer():
    """The plan hash for the iterations and threads that are asked for."""
    request = solve_request(limits=limits(iterations=SERVER["iterations"]), aim=SERVER.get("aim", 0))
    request.limits.threads = 2
    request.now.FromJsonString(SERVER["now"])
    answer = solver().Solve(request)
    return {"plan_hash": answer.plan.hash}


def as_file(forecast):
    """A forecast as its file has it."""
    message = json_format.MessageToDict(forecast, preserving_proto_field_name=True)

    def series(found):
        found["q"] = {q: values["values"] for q, values in found["q"].items()}
        return found

    message["components"] = {
        name: {resource: series(found) for resource, found in component["resources"].items()}
        for name, component in message["components"].items()
    }
    return {"step_s": int(message.pop("step_s")), "steps": message.pop("step_count"), **message}


def forecasts():
    """Forecasts are those of the command line, come in part and as they are made."""
    caught = error(lambda: forecasts_stub("wrong" * 10).Get(forecasts_pb2.ForecastsGetRequest()))
    assert caught.code() == grpc.StatusCode.UNAUTHENTICATED, caught
    caught = error(lambda: next(forecasts_stub("wrong" * 10).Watch(forecasts_pb2.ForecastsWatchRequest())))
    assert caught.code() == grpc.StatusCode.UNAUTHENTICATED, caught

    stub = forecasts_stub()
    stream = stub.Watch(forecasts_pb2.ForecastsWatchRequest(), timeout=120)
    first = next(stream).forecast
    found, wanted = as_file(stub.Get(forecasts_pb2.ForecastsGetRequest()).forecast), None
    wanted = json.loads(pathlib.Path(SERVER["forecast"]).read_text())
    for forecast in (found, wanted):
        del forecast["made_at"]
    for key in ("version", "kind"):
        del wanted[key]
    assert found == wanted, (found, wanted)

    filter_ = forecasts_pb2.ForecastFilter(components=["web.1"], resources=["cpu"])
    part = stub.Get(forecasts_pb2.ForecastsGetRequest(filter=filter_)).forecast
    assert list(part.components) == ["web.1"]
    filter_ = forecasts_pb2.ForecastFilter(services=["web"])
    assert len(stub.Get(forecasts_pb2.ForecastsGetRequest(filter=filter_)).forecast.components) == 2
    filter_ = forecasts_pb2.ForecastFilter(components=["web.7"], services=["wbe"], resources=["cpus"])
    caught = error(lambda: stub.Get(forecasts_pb2.ForecastsGetRequest(filter=filter_)))
    assert caught.code() == grpc.StatusCode.INVALID_ARGUMENT, caught
    places = {fault.place for fault in details(caught, outcome_pb2.Fault)}
    assert places == {"/filter/components/0", "/filter/services/0", "/filter/resources/0"}, places

    # The same history is forecast again and again; once it has grown, further on.
    history = pathlib.Path(SERVER["history"])
    lines = history.read_text().splitlines()
    end = int(lines[-1].split(",")[0]) + 300
    lines += [f"{end},web.0,web,cpu,1200", f"{end},web.1,web,cpu,900"]
    grown = history.with_suffix(".new")
    grown.write_text("\n".join(lines) + "\n")
    os.replace(grown, history)
    number = 1
    for message in stream:
        number += 1
        if message.forecast.start.seconds > first.start.seconds:
            assert message.forecast.start.seconds == first.start.seconds + 300
            break
    else:
        raise AssertionError("no forecast follows the history")
    stream.cancel()
    return {"forecasts": number}


def latency():
    """Matrices are those of the file, come in part and when the file changes, and can be sent back as a problem's."""
    caught = error(lambda: latency_stub("wrong" * 10).Get(latencies_pb2.LatencyGetRequest()))
    assert caught.code() == grpc.StatusCode.UNAUTHENTICATED, caught

    stub = latency_stub()
    stream = stub.Watch(latencies_pb2.LatencyWatchRequest(), timeout=120)
    first = next(stream).latency
    path = pathlib.Path(SERVER["latency"])
    wanted = json.loads(path.read_text())
    assert first.level == wanted["level"] and first.measured_at.ToJsonString() == wanted["measured_at"]
    found = {start: {end: path.p50_us[0] for end, path in row.to.items()} for start, row in first.lms_measurements.items()}
    medians = {
        start: {end: path["p50_us"] if isinstance(path, dict) else path for end, path in row.items()}
        for start, row in wanted["lms_measurements"].items()
    }
    assert found == medians, (found, medians)

    racks = list(medians)
    pair = latencies_pb2.PairOfDomains(from_domain=racks[0], to_domain=racks[1])
    part = stub.Get(latencies_pb2.LatencyGetRequest(filter=latencies_pb2.LatencyFilter(pairs=[pair]))).latency
    assert [(start, list(row.to)) for start, row in part.lms_measurements.items()] == [(racks[0], [racks[1]])], part
    filter_ = latencies_pb2.LatencyFilter(domains=["nowhere"])
    caught = error(lambda: stub.Get(latencies_pb2.LatencyGetRequest(filter=filter_)))
    assert caught.code() == grpc.StatusCode.INVALID_ARGUMENT, caught
    assert [fault.place for fault in details(caught, outcome_pb2.Fault)] == ["/filter/domains/0"]
    request = latencies_pb2.LatencyGetRequest()
    request.max_age.FromSeconds(1)
    caught = error(lambda: stub.Get(request))
    assert caught.code() == grpc.StatusCode.FAILED_PRECONDITION, caught
    assert [info.reason for info in details(caught, error_details_pb2.ErrorInfo)] == ["LATENCY_TOO_OLD"]

    sent = problem()
    sent.latency.CopyFrom(first)
    assert solver().Check(solver_pb2.CheckRequest(problem=sent)).feasible

    # A faulty file changes nothing, a sound one is handed out.
    def put(text):
        renewed = path.with_suffix(".new")
        renewed.write_text(text)
        os.replace(renewed, path)

    put("{")
    wanted["lms_measurements"][racks[0]][racks[1]] = 4242
    put(json.dumps(wanted))
    second = next(stream).latency
    assert second.lms_measurements[racks[0]].to[racks[1]].p50_us == [4242], second
    stream.cancel()
    return {"pairs": sum(map(len, medians.values()))}


def drain():
    """Solves that are under way when the server is told to end are answered; prints a line once they are."""
    stub, results = solver(), {}
    threads = [begin(stub, results, index) for index in range(2)]
    print("running", flush=True)
    for thread in threads:
        thread.join(120)
    for index in range(2):
        answer = results[index][1]
        assert not isinstance(answer, grpc.RpcError), answer
        assert answer.stop_reason == outcome_pb2.STOP_REASON_INTERRUPTED and answer.plan.hash
    return {"answered": 2}


def milp():
    """A solve by HiGHS whose worker is killed from outside is answered all the same."""
    results = {}

    def run():
        results[0] = solver().Solve(solve_request(method=solver_pb2.METHOD_MILP, limits=limits(seconds=20)))

    thread = threading.Thread(target=run)
    thread.start()
    print("running", flush=True)
    thread.join(300)
    answer = results[0]
    assert answer.status in (outcome_pb2.STATUS_FEASIBLE, outcome_pb2.STATUS_OPTIMAL) and answer.plan.hash
    assert solver().Check(solver_pb2.CheckRequest(problem=problem(), placement=answer.placement)).feasible
    return {"status": answer.status}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]]()))
