import threading


class Patience:
    """Calls a function that may hang in the kernel, and gives up after some seconds.

    A system call on a dead network mount cannot be interrupted, so it is made in a
    thread that is left behind. While one call hangs, further calls with the same
    argument fail at once, so at most one thread is left behind per argument.
    """

    def __init__(self, function, seconds):
        self.function = function
        self.seconds = seconds
        self.hanging = {}

    def __call__(self, argument):
        if argument in self.hanging:
            if self.hanging[argument].is_alive():
                raise TimeoutError("still no answer to the question of an earlier run")
            del self.hanging[argument]

        outcome = {}
        thread = threading.Thread(target=self.call, args=(argument, outcome), daemon=True)
        thread.start()
        thread.join(self.seconds)
        if thread.is_alive():
            self.hanging[argument] = thread
            raise TimeoutError(f"no answer within {self.seconds} seconds")
        if "error" in outcome:
            raise outcome["error"]
        return outcome["result"]

    def call(self, argument, outcome):
        try:
            outcome["result"] = self.function(argument)
        except Exception as error:
            outcome["error"] = error
