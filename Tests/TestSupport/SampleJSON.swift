public import RunModel

/// JSON as Python writes it while a run is recorded.
public enum SampleJSON {
  public static func header(_ run: RunID) -> String {
    """
    {"run":"\(run)","script":"/home/ada/train.py","root":"/home/ada","argv":["train.py","--epochs","3"],"module":null,\
    "cwd":"/home/ada","started":"2026-01-02T03:04:05Z","python":{"version":"3.11.7","implementation":"cpython",\
    "executable":"/usr/bin/python3","prefix":"/usr"},"packages":{"torch":"2.13.0"},"devices":["cpu"],\
    "environment":{"OMP_NUM_THREADS":"1","CUBLAS_WORKSPACE_CONFIG":null},"git":null,"overhead":0.0667,"florpy":"0.1.0",\
    "host":"box","user":"ada","pid":4711,"some_later_key":[1]}
    """
  }

  /// Without the number, which the session adds.
  public static func position(execution: Int, ops: Int) -> String {
    """
    {"site":["train.py",3],"execution":\(execution),"exit":"normal","seconds":1.25,"counters":{"train.py":[[3,\(execution + 1)]]},\
    "ran":{"train.py":[0]},"statistics":[{"site":["train.py",3],"executions":\(execution + 1),"seconds":1.25,\
    "checkpoints":1,"skippable":true,"reason":null,"ran":{"train.py":[0]}}],"ops":\(ops),"stdout":0,"started":12.5}
    """
  }

  public static func position(checkpoint: Int, ops: Int) -> String {
    "{\"checkpoint\":\(checkpoint)," + position(execution: checkpoint - 1, ops: ops).dropFirst()
  }

  /// Without what the session adds.
  public static let end = """
    {"status":"finished","exit":0,"ended":"2026-01-02T03:05:00Z","seconds":55,"statistics":[],"counters":{}}
    """

  public static func end(checkpoints: Int, ops: Int) -> String {
    end.dropLast() + #","checkpoints":\#(checkpoints),"bytes":0,"lost_seconds":0.5,"ops":\#(ops),"problems":[]}"#
  }

  /// What Python says of a crash; the checkpoint is added.
  public static let crash =
    #"{"type":"ValueError","message":"nan","position":"epoch=2","loops":[],"frames":[],"left_out":0,"earlier":[]}"#

  /// The same with a checkpoint.
  public static func crash(checkpoint: Int) -> String { #"{"checkpoint":\#(checkpoint),"# + crash.dropFirst() }

  public static func source(_ path: String, _ bytes: [UInt8]) -> String {
    #"{"path":"\#(path)","module":"__main__","hash":"\#(hash(bytes))","bytes":\#(bytes.count)}"# + "\n"
  }
}
