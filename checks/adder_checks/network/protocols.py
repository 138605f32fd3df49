"""Counters of TCP and UDP, which psutil does not report."""

# (protocol, counter) as the kernel names them -> metric
COUNTERS = {
    ("Tcp", "InSegs"): "system.net.tcp.in_segs",
    ("Tcp", "OutSegs"): "system.net.tcp.out_segs",
    ("Tcp", "RetransSegs"): "system.net.tcp.retrans_segs",
    ("Tcp", "InErrs"): "system.net.tcp.in_errors",
    ("Tcp", "ActiveOpens"): "system.net.tcp.active_opens",
    ("Tcp", "PassiveOpens"): "system.net.tcp.passive_opens",
    ("Tcp", "AttemptFails"): "system.net.tcp.attempt_fails",
    ("Tcp", "EstabResets"): "system.net.tcp.established_resets",
    ("TcpExt", "ListenOverflows"): "system.net.tcp.listen_overflows",
    ("TcpExt", "ListenDrops"): "system.net.tcp.listen_drops",
    ("TcpExt", "TCPBacklogDrop"): "system.net.tcp.backlog_drops",
    ("TcpExt", "TCPRetransFail"): "system.net.tcp.failed_retransmits",
    ("Udp", "InDatagrams"): "system.net.udp.in_datagrams",
    ("Udp", "OutDatagrams"): "system.net.udp.out_datagrams",
    ("Udp", "NoPorts"): "system.net.udp.no_ports",
    ("Udp", "InErrors"): "system.net.udp.in_errors",
    ("Udp", "InCsumErrors"): "system.net.udp.in_csum_errors",
    ("Udp", "RcvbufErrors"): "system.net.udp.rcv_buf_errors",
    ("Udp", "SndbufErrors"): "system.net.udp.snd_buf_errors",
}


def read(procfs):
    """All counters of the kernel, as {("Tcp", "InSegs"): 1234}.

    The files hold pairs of lines: `Tcp: InSegs OutSegs` and `Tcp: 1234 5678`.
    """
    counters = {}
    for name in ("snmp", "netstat"):
        with open(f"{procfs}/net/{name}") as lines:
            for names, values in zip(lines, lines):
                protocol, _, names = names.partition(":")
                values = values.partition(":")[2]
                counters.update({(protocol, key): int(value) for key, value in zip(names.split(), values.split())})
    return counters
