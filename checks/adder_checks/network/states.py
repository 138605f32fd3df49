"""Which metric counts a TCP connection, by the state that psutil reports."""

import psutil

COMBINED_STATES = {
    psutil.CONN_ESTABLISHED: "established",
    psutil.CONN_SYN_SENT: "opening",
    psutil.CONN_SYN_RECV: "opening",
    psutil.CONN_FIN_WAIT1: "closing",
    psutil.CONN_FIN_WAIT2: "closing",
    psutil.CONN_CLOSE: "closing",
    psutil.CONN_CLOSE_WAIT: "closing",
    psutil.CONN_LAST_ACK: "closing",
    psutil.CONN_CLOSING: "closing",
    psutil.CONN_TIME_WAIT: "time_wait",
    psutil.CONN_LISTEN: "listening",
}

SINGLE_STATES = {
    psutil.CONN_ESTABLISHED: "estab",
    psutil.CONN_SYN_SENT: "syn_sent",
    psutil.CONN_SYN_RECV: "syn_recv",
    psutil.CONN_FIN_WAIT1: "fin_wait_1",
    psutil.CONN_FIN_WAIT2: "fin_wait_2",
    psutil.CONN_CLOSE: "close",
    psutil.CONN_CLOSE_WAIT: "close_wait",
    psutil.CONN_LAST_ACK: "last_ack",
    psutil.CONN_CLOSING: "closing",
    psutil.CONN_TIME_WAIT: "time_wait",
    psutil.CONN_LISTEN: "listen",
}
