"""A client of Docket in another language: plays the scenario corpus against a running decider.

Arguments: address, folder of the protos, folder for generated code, then corpus files. The administrator's credential is in DOCKET_CREDENTIAL.
Whoever started it owns the decider's clock. It is told in JSON lines on the standard output what to do, and answers each with one on the
standard input: {"clock": ms}, {"clock": ms, "restart": true} (answered with the new address). {"played": name, "compared": n, "failure": text or
null} is not answered.
"""
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corpus import read_file, schedule
from player import Player
from wire import Api, generate


class Clock:
    """The decider's: stands still until it is moved, and never goes back."""

    def __init__(self):
        self._lock = threading.Lock()
        self._now = None
        self.api = None

    def __call__(self, at_ms, restart=False):
        with self._lock:
            if at_ms == self._now and not restart:
                return
            print(json.dumps({"clock": at_ms, **({"restart": True} if restart else {})}), flush=True)
            answer = json.loads(sys.stdin.readline())
            if "error" in answer:
                raise RuntimeError(answer["error"])
            self._now = at_ms
            if restart:
                self.api.move(answer["address"])


def main(address, protos, generated, *files):
    generate(Path(protos), Path(generated))
    clock = Clock()
    api = clock.api = Api(address, os.environ["DOCKET_CREDENTIAL"])
    # All of them take part, for it is the clock of all.
    cases = [case for file in files for case in read_file(file) if not case.core_only]
    numbers = iter(range(1, len(cases) + 1))

    def play(case, shift_ms, number):
        player = Player(api, clock, case, shift_ms, number)
        try:
            failure = player.play()
        except Exception as error:  # What is wrong with one case is said of that case.
            failure = f"{type(error).__name__}: {error}"
        return case.name, player.compared, failure

    with ThreadPoolExecutor(12) as pool:
        for group in schedule(cases):
            for name, compared, failure in pool.map(lambda one: play(*one), [(case, shift_ms, next(numbers)) for case, shift_ms in group]):
                print(json.dumps({"played": name, "compared": compared, "failure": failure}), flush=True)


main(*sys.argv[1:])
