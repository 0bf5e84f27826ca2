import FoundationEssentials
import Glibc
import Testing

@testable import Replaying

/// `CUDA_VISIBLE_DEVICES` is of the whole process, so one after the other.
@Suite(.serialized) struct CapacityTests {
  private static let gibibyte = 1 << 30

  @Test(arguments: [
    (nil, 8, 1.0, [], 8),  // as many as there are cores
    (nil, 8, 2.6, [], 3),  // each keeps more than two busy
    (nil, 8, 0.0, [], 8), (nil, 1, 4.0, [], 1), (3, 8, 1.0, [], 3), (64, 8, 1.0, [], 64),
    (nil, 8, 1.0, ["0", "1"], 2), (5, 8, 1.0, ["0", "1"], 5),
  ])
  func `As many workers as there are cores or devices for, or as were asked for`(
    asked: Int?, cores: Int, busyCores: Double, devices: [String], expected: Int
  ) throws {
    let capacity = Capacity(cores: cores, availableBytes: 64 * Self.gibibyte, devices: devices)
    #expect(capacity.workers(asked: asked, try plan(busyCores: busyCores, peakBytes: Self.gibibyte)) == expected)
  }

  @Test(arguments: [
    (nil, [], 4), (16, [], 4), (3, [], 3), (nil, ["0", "1", "2", "3", "4", "5", "6", "7"], 4),
  ])
  func `No more workers than there is memory for, whoever asks`(asked: Int?, devices: [String], expected: Int) throws {
    let capacity = Capacity(cores: 8, availableBytes: 9 * Self.gibibyte, devices: devices)
    #expect(capacity.workers(asked: asked, try plan(busyCores: 1, peakBytes: 2 * Self.gibibyte)) == expected)
  }

  @Test func `One worker where there is not even memory for that`() throws {
    let capacity = Capacity(cores: 8, availableBytes: Self.gibibyte, devices: [])
    #expect(capacity.workers(asked: 4, try plan(busyCores: 1, peakBytes: 2 * Self.gibibyte)) == 1)
  }

  @Test func `Memory is no bound where the record or the machine does not tell`() throws {
    #expect(
      Capacity(cores: 8, availableBytes: Self.gibibyte, devices: []).workers(asked: 4, try plan(busyCores: 1, peakBytes: 0)) == 4)
    #expect(
      Capacity(cores: 8, availableBytes: 0, devices: []).workers(asked: 4, try plan(busyCores: 1, peakBytes: Self.gibibyte)) == 4)
  }

  @Test func `Each worker has one of several devices, in turn`() {
    let capacity = Capacity(cores: 8, availableBytes: 0, devices: ["2", "GPU-5d1f"])
    #expect((0..<3).map { capacity.environment(of: $0).map(\.value) } == [["2"], ["GPU-5d1f"], ["2"]])
    #expect(capacity.environment(of: 0).map(\.name) == ["CUDA_VISIBLE_DEVICES"])
    for devices in [[], ["0"]] {
      #expect(Capacity(cores: 8, availableBytes: 0, devices: devices).environment(of: 1).isEmpty)
    }
  }

  @Test func `Devices are those that are visible here, or else those that the program saw`() {
    let before = getenv("CUDA_VISIBLE_DEVICES").map { String(cString: $0) }
    defer { if let before { setenv("CUDA_VISIBLE_DEVICES", before, 1) } else { unsetenv("CUDA_VISIBLE_DEVICES") } }
    setenv("CUDA_VISIBLE_DEVICES", "3,1", 1)
    #expect(Capacity.here(recordedDevices: 4).devices == ["3", "1"])
    #expect(Capacity.here(recordedDevices: 0).devices == [])
    unsetenv("CUDA_VISIBLE_DEVICES")
    #expect(Capacity.here(recordedDevices: 2).devices == ["0", "1"])
    #expect(Capacity.here(recordedDevices: 0).availableBytes > 0)
  }

  private func plan(busyCores: Double, peakBytes: Int) throws -> PlanFile {
    let text = """
      {"probes":[],"refusals":[],"cautions":[],"must_run":[],"reads_clock":false,"machine":[],"inputs":[],"connections":[],
       "segments":[],"shared_seconds":0,"busy_cores":\(busyCores),"peak_bytes":\(peakBytes),"devices":0}
      """
    return try JSONDecoder().decode(PlanFile.self, from: Data(text.utf8))
  }
}
