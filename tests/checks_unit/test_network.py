import re
import socket
from types import SimpleNamespace

import psutil
import pytest
from adder_checks.network import protocols
from datadog_checks.base import ConfigurationError


def traffic(**values):
    fields = "bytes_recv bytes_sent packets_recv packets_sent errin errout dropin dropout".split()
    return SimpleNamespace(**{field: values.get(field, 0) for field in fields})


INTERFACES = {
    "lo": traffic(bytes_recv=1, bytes_sent=1),
    "eth0": traffic(
        bytes_recv=1000, bytes_sent=2000, packets_recv=10, packets_sent=20, errin=1, errout=2, dropin=3, dropout=5
    ),
    "veth12": traffic(bytes_sent=1),
    "eth1": traffic(),
}
SNMP = "Tcp: ActiveOpens InSegs CurrEstab\nTcp: 5 7 3\nUdp: InDatagrams NoPorts\nUdp: 11 13\n"
NETSTAT = "TcpExt: SyncookiesSent ListenDrops\nTcpExt: 1 17\n"


@pytest.fixture
def machine(tmp_path, agent, monkeypatch):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "snmp").write_text(SNMP)
    (tmp_path / "net" / "netstat").write_text(NETSTAT)
    agent._config["procfs_path"] = str(tmp_path)
    monkeypatch.setattr(psutil, "PROCFS_PATH", "/proc")
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic, nowrap: INTERFACES)
    return tmp_path


def interfaces(run):
    return {tag.partition(":")[2] for tags in run.tags() for tag in tags if tag.startswith("device:")}


def test_an_interface(make, run, machine):
    result = run(make("network", {"tags": ["role:test"]}))
    assert result.values("device:eth0", "role:test") == {
        "system.net.bytes_rcvd": 1000,
        "system.net.bytes_sent": 2000,
        "system.net.packets_in.count": 10,
        "system.net.packets_in.drop": 3,
        "system.net.packets_in.error": 4,
        "system.net.packets_out.count": 20,
        "system.net.packets_out.drop": 5,
        "system.net.packets_out.error": 7,
    }
    assert result.types()["system.net.bytes_rcvd"] == "rate"


@pytest.mark.parametrize(
    "instance, expected",
    [
        ({}, {"lo", "eth0", "veth12"}),
        ({"excluded_interfaces": ["lo"]}, {"eth0", "veth12"}),
        ({"excluded_interface_re": "veth"}, {"lo", "eth0"}),
        ({"excluded_interface_re": "eth.*", "excluded_interfaces": ["lo"]}, {"veth12"}),
    ],
)
def test_selection(make, run, machine, instance, expected):
    assert interfaces(run(make("network", instance))) == expected


@pytest.mark.parametrize(
    "instance, sentence",
    [
        ({"excluded_interfaces": "lo"}, "`excluded_interfaces` must be a list"),
        ({"excluded_interface_re": "("}, "`excluded_interface_re` must be a regular expression"),
    ],
)
def test_bad_options_are_refused(make, instance, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        make("network", instance)


PROTOCOLS = {
    "system.net.tcp.active_opens": 5,
    "system.net.tcp.in_segs": 7,
    "system.net.udp.in_datagrams": 11,
    "system.net.udp.no_ports": 13,
    "system.net.tcp.listen_drops": 17,
}


@pytest.mark.parametrize(
    "instance, rates, counts",
    [
        ({}, True, False),
        ({"collect_count_metrics": True}, True, True),
        ({"collect_rate_metrics": False, "collect_count_metrics": True}, False, True),
        ({"collect_rate_metrics": False}, False, False),
    ],
)
def test_protocols(make, run, machine, instance, rates, counts):
    expected = {"system.net.tcp.current_established": ("gauge", 3)}
    if rates:
        expected.update({name: ("rate", value) for name, value in PROTOCOLS.items()})
    if counts:
        expected.update({f"{name}.count": ("monotonic_count", value) for name, value in PROTOCOLS.items()})
    result = run(make("network", {**instance, "excluded_interface_re": "."}))
    values = result.values()
    assert {name: (kind, values[name]) for name, kind in result.types().items()} == expected


def test_protocols_that_may_not_be_read_are_skipped(make, run, machine):
    (machine / "net" / "snmp").unlink()
    result = run(make("network"))
    assert not [name for name in result.names() if re.match(r"system\.net\.(tcp|udp)", name)]
    assert interfaces(result)


def test_protocols_of_this_machine():
    counters = protocols.read("/proc")
    assert set(protocols.COUNTERS) <= set(counters)
    assert ("Tcp", "CurrEstab") in counters


ONLY_STATES = {"collect_connection_state": True, "excluded_interface_re": "."}


def connection(family, kind, status):
    return SimpleNamespace(family=family, type=kind, status=status)


TCP4 = (socket.AF_INET, socket.SOCK_STREAM)
TCP6 = (socket.AF_INET6, socket.SOCK_STREAM)
CONNECTIONS = [
    connection(*TCP4, psutil.CONN_ESTABLISHED),
    connection(*TCP4, psutil.CONN_ESTABLISHED),
    connection(*TCP4, psutil.CONN_FIN_WAIT1),
    connection(*TCP4, psutil.CONN_LAST_ACK),
    connection(*TCP6, psutil.CONN_LISTEN),
    connection(*TCP6, psutil.CONN_SYN_SENT),
    connection(*TCP6, "a state to come"),
    connection(socket.AF_INET6, socket.SOCK_DGRAM, psutil.CONN_NONE),
]


@pytest.mark.parametrize(
    "combine, expected",
    [
        (True, "tcp4.established tcp4.closing tcp6.listening tcp6.opening udp6.connections"),
        (False, "tcp4.estab tcp4.fin_wait_1 tcp4.last_ack tcp6.listen tcp6.syn_sent udp6.connections"),
    ],
)
def test_connection_states(make, run, machine, monkeypatch, combine, expected):
    monkeypatch.setattr(psutil, "net_connections", lambda kind: CONNECTIONS)
    instance = {"combine_connection_states": combine, **ONLY_STATES}
    values = run(make("network", instance)).values()
    states = {
        name.removeprefix("system.net."): value for name, value in values.items() if re.search(r"(tcp|udp)[46]\.", name)
    }
    assert sorted(name for name, value in states.items() if value) == sorted(expected.split())
    assert sum(states.values()) == len(CONNECTIONS) - 1
    assert {"tcp4.time_wait", "tcp6.time_wait", "udp4.connections"} <= set(states)


def test_connections_of_this_machine(make, run):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        values = run(make("network", ONLY_STATES)).values()
        assert values["system.net.tcp4.listening"] >= 1
