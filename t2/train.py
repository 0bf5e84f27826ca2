import flor
import time
w = 1.0
for epoch in range(4):
    for step in range(5):
        time.sleep(0.01)
        w *= 0.9
        flor.log("half", w / 2)
        flor.log("w", w)
    print("epoch", epoch, flor.log("printed", w))
