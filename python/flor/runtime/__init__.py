"""What rewritten code calls: the loop runtime, its recording and its replaying side.

`loops.LoopRuntime` follows loop executions; `recording.Recorder` decides with the core whether to checkpoint one that ends,
`replaying.Replayer` whether to skip one that begins. Both are sessions of the same runtime, and mirror images.
"""
