// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "florpy",
  products: [
    .executable(name: "florpy", targets: ["florpy"]),
    // `import flor` in a plain python: this is `_flor.abi3.so` there.
    .library(name: "_flor", type: .dynamic, targets: ["FlorExtension"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // What runs inside the script's process. Nothing here imports Foundation.
    .target(name: "CPython"),
    .target(name: "CXXHash"),
    .target(name: "CLeafCodec", linkerSettings: [.linkedLibrary(":libzstd.a")]),
    .target(name: "CMemory"),
    .target(name: "CKernel"),
    .target(name: "CProcess"),
    .target(name: "Interpreter", dependencies: ["CPython"], swiftSettings: strict),
    .target(name: "RunModel", swiftSettings: strict),
    .target(name: "StateGraph", swiftSettings: strict),
    .target(name: "LeafCoding", dependencies: ["CLeafCodec"], swiftSettings: strict),
    .target(name: "RunStore", dependencies: ["RunModel", "StateGraph", "LeafCoding", "CXXHash", "CKernel"], swiftSettings: strict),
    .target(
      name: "Recording", dependencies: ["RunModel", "RunStore", "LeafCoding", "CMemory", "CKernel"], swiftSettings: strict),
    .target(name: "Restoring", dependencies: ["RunModel", "RunStore"], swiftSettings: strict),
    .target(name: "CLogRing", dependencies: ["CXXHash"]),
    .target(name: "LogFunctions", dependencies: ["CPython", "CLogRing"]),
    .target(name: "Logging", dependencies: ["CKernel", "CLogRing", "CProcess", "RunStore"], swiftSettings: strict),
    .target(
      name: "ScriptHost",
      dependencies: [
        "CPython", "CProcess", "Interpreter", "RunModel", "RunStore", "Recording", "Restoring", "LogFunctions", "Logging",
      ],
      swiftSettings: strict),
    // `--static-swift-stdlib` says nothing to a dynamic library.
    .target(
      name: "FlorExtension", dependencies: ["CPython", "Interpreter", "ScriptHost"],
      swiftSettings: strict + [.unsafeFlags(["-static-stdlib"])], linkerSettings: [.unsafeFlags(["-static-stdlib"])]),

    // The command line's side.
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary(":libsqlite3.a"), .linkedLibrary("m")]),
    .target(name: "Catalogue", dependencies: ["CSQLite", "RunModel", "RunStore"], swiftSettings: strict),
    .target(name: "Launching", dependencies: ["CProcess", "RunModel"], swiftSettings: strict),
    .target(name: "Replaying", dependencies: ["RunModel", "RunStore", "Launching"], swiftSettings: strict),
    .executableTarget(
      name: "florpy",
      dependencies: [
        "RunModel", "RunStore", "StateGraph", "Catalogue", "Launching", "Replaying", "ScriptHost",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["RunModel", "RunStore", "CXXHash"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "ReaderFuzzing", dependencies: ["RunModel", "RunStore", "StateGraph"], path: "Tests/ReaderFuzzing",
      swiftSettings: strict),
    .executableTarget(
      name: "FuzzReaders", dependencies: ["ReaderFuzzing", "RunModel", "RunStore", "TestSupport"], path: "Tests/FuzzReaders",
      swiftSettings: strict),
    .testTarget(name: "StateGraphTests", dependencies: ["StateGraph", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "LeafCodingTests", dependencies: ["LeafCoding"], swiftSettings: strict),
    .testTarget(
      name: "RunStoreTests", dependencies: ["RunModel", "RunStore", "LeafCoding", "ReaderFuzzing", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "RecordingTests", dependencies: ["Recording", "CKernel", "RunStore", "Restoring", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "CatalogueTests", dependencies: ["Catalogue", "RunModel", "RunStore", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "LoggingTests", dependencies: ["Logging", "CLogRing", "RunModel", "RunStore", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "LaunchingTests", dependencies: ["Launching", "CProcess"], swiftSettings: strict),
    .testTarget(name: "ReplayingTests", dependencies: ["Replaying", "Launching"], swiftSettings: strict),
  ]
)
