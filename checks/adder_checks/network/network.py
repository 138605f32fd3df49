import re
import socket

import psutil
from datadog_checks.base import AgentCheck, ConfigurationError, datadog_agent, is_affirmative

from . import protocols
from .states import COMBINED_STATES, SINGLE_STATES


class NetworkCheck(AgentCheck):
    """What passes through the network interfaces and the protocols above them.

    Interfaces that never carried a byte are left out. The metrics of protocols
    are rates, and with `collect_count_metrics` monotonic counts too, under the
    same name with `.count` at its end.

    Metrics per interface:
        system.net.bytes_rcvd         rate   byte/second    received
        system.net.bytes_sent         rate   byte/second    sent
        system.net.packets_in.count   rate   packet/second  received
        system.net.packets_in.drop    rate   packet/second  received, but dropped
        system.net.packets_in.error   rate   packet/second  received with errors or dropped
        system.net.packets_out.count  rate   packet/second  sent
        system.net.packets_out.drop   rate   packet/second  dropped instead of sent
        system.net.packets_out.error  rate   packet/second  sent with errors or dropped

    Tags: device:eth0 and the instance's own.

    Metrics of the protocols:
        system.net.tcp.in_segs              rate   segment/second     received
        system.net.tcp.out_segs             rate   segment/second     sent
        system.net.tcp.retrans_segs         rate   segment/second     sent again
        system.net.tcp.in_errors            rate   segment/second     received broken
        system.net.tcp.active_opens         rate   connection/second  opened from here
        system.net.tcp.passive_opens        rate   connection/second  opened from elsewhere
        system.net.tcp.attempt_fails        rate   connection/second  failed while opening
        system.net.tcp.established_resets   rate   connection/second  reset while open
        system.net.tcp.listen_overflows     rate   event/second       accept queue was full
        system.net.tcp.listen_drops         rate   event/second       dropped before accept
        system.net.tcp.backlog_drops        rate   packet/second      socket backlog was full
        system.net.tcp.failed_retransmits   rate   packet/second      could not be sent again
        system.net.tcp.current_established  gauge  connection         open now
        system.net.udp.in_datagrams         rate   datagram/second    received
        system.net.udp.out_datagrams        rate   datagram/second    sent
        system.net.udp.no_ports             rate   datagram/second    nobody listened
        system.net.udp.in_errors            rate   datagram/second    could not be delivered
        system.net.udp.in_csum_errors       rate   datagram/second    wrong checksum
        system.net.udp.rcv_buf_errors       rate   datagram/second    receive buffer was full
        system.net.udp.snd_buf_errors       rate   datagram/second    send buffer was full

    Metrics of `collect_connection_state`, and the same for tcp6 and udp6:
        system.net.tcp4.established  gauge  connection  open
        system.net.tcp4.opening      gauge  connection  SYN sent or received
        system.net.tcp4.closing      gauge  connection  one side has closed
        system.net.tcp4.listening    gauge  connection  sockets that wait for connections
        system.net.tcp4.time_wait    gauge  connection  closed, waiting for stray packets
        system.net.udp4.connections  gauge  connection  UDP sockets

    Tags: the instance's own.
    """

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        option = self.instance.get
        self.tags = option("tags") or []
        self.excluded = option("excluded_interfaces") or []
        self.with_states = is_affirmative(option("collect_connection_state"))
        self.with_rates = is_affirmative(option("collect_rate_metrics", True))
        self.with_counts = is_affirmative(option("collect_count_metrics"))
        self.states = COMBINED_STATES if is_affirmative(option("combine_connection_states", True)) else SINGLE_STATES

        self.excluded_re = None
        if not isinstance(self.excluded, list):
            raise ConfigurationError("`excluded_interfaces` must be a list of interface names")
        if option("excluded_interface_re"):
            try:
                self.excluded_re = re.compile(option("excluded_interface_re"))
            except (re.error, TypeError) as error:
                raise ConfigurationError(f"`excluded_interface_re` must be a regular expression: {error}") from None

    def check(self, _):
        self.report_interfaces()
        self.report_protocols()
        if self.with_states:
            self.report_states()

    def report_interfaces(self):
        for interface, now in psutil.net_io_counters(pernic=True, nowrap=False).items():
            if self.is_excluded(interface) or now.bytes_recv + now.bytes_sent == 0:
                continue
            tags = [f"device:{interface}", *self.tags]
            self.rate("system.net.bytes_rcvd", now.bytes_recv, tags=tags)
            self.rate("system.net.bytes_sent", now.bytes_sent, tags=tags)
            self.rate("system.net.packets_in.count", now.packets_recv, tags=tags)
            self.rate("system.net.packets_in.drop", now.dropin, tags=tags)
            self.rate("system.net.packets_in.error", now.errin + now.dropin, tags=tags)
            self.rate("system.net.packets_out.count", now.packets_sent, tags=tags)
            self.rate("system.net.packets_out.drop", now.dropout, tags=tags)
            self.rate("system.net.packets_out.error", now.errout + now.dropout, tags=tags)

    def is_excluded(self, interface):
        return interface in self.excluded or (self.excluded_re and self.excluded_re.match(interface))

    def report_protocols(self):
        try:
            counters = protocols.read(psutil.PROCFS_PATH)
        except OSError as error:
            self.log.debug("the counters of the protocols are skipped: %s", error)
            return
        for counter, metric in protocols.COUNTERS.items():
            # An older kernel may lack one; None is ignored.
            value = counters.get(counter)
            if self.with_rates:
                self.rate(metric, value, tags=self.tags)
            if self.with_counts:
                self.monotonic_count(f"{metric}.count", value, tags=self.tags)
        self.gauge("system.net.tcp.current_established", counters.get(("Tcp", "CurrEstab")), tags=self.tags)

    def report_states(self):
        totals = {f"tcp{version}.{state}": 0 for version in (4, 6) for state in self.states.values()}
        totals.update({"udp4.connections": 0, "udp6.connections": 0})
        for connection in psutil.net_connections("inet"):
            version = 4 if connection.family == socket.AF_INET else 6
            if connection.type == socket.SOCK_DGRAM:
                totals[f"udp{version}.connections"] += 1
            elif connection.status in self.states:
                totals[f"tcp{version}.{self.states[connection.status]}"] += 1
        for metric, total in totals.items():
            self.gauge(f"system.net.{metric}", total, tags=self.tags)
