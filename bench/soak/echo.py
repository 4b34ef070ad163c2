import os
import threading
import time


class Failed(Exception):
    status = 422
    expose = True


def obey(item):
    if item["act"] == "throw":
        raise ValueError("the batch throws")
    if item["act"] == "die":
        os.kill(os.getpid(), 9)
    if item["act"] == "doom":
        # At some moment later, whatever the process is doing then.
        threading.Timer(0.007, os.kill, (os.getpid(), 9)).start()


class Model:
    """Gives tokens back; some items make it misbehave."""

    def load(self):
        self.lane = os.getpid()

    def run(self, batch):
        for item in batch:
            obey(item)
        time.sleep(max(item["ms"] for item in batch) / 1000)
        return [self.one(item) for item in batch]

    def one(self, item):
        return Failed("this item fails") if item["act"] == "fail" else {"token": item["token"], "lane": self.lane}

    def stream(self, item):
        for index in range(item["pieces"]):
            if index == 3:
                obey(item)
            time.sleep(item["ms"] / 4000)
            yield {"token": f"{item['token']}/{index}", "lane": self.lane}
