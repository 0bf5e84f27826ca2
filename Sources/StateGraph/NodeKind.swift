/// The kinds of node, as `Tag` in `python/flor/state/graph.py` names and describes them.
enum NodeKind: String {
  case list = "l"
  case plainList = "L"
  case tuple = "t"
  case plainTuple = "T"
  case dict = "d"
  case set = "s"
  case deque = "q"
  case frozen = "F"
  case stretch = "I"
  case byteArray = "y"
  case bigBytes = "Y"
  case instance = "o"
  case classObject = "c"
  case named = "n"
  case function = "f"
  case cell = "e"
  case contextVariable = "v"
  case method = "m"
  case builtinMethod = "b"
  case weakReference = "w"
  case enumeration = "u"
  case reduced = "r"
  case constant = "k"
  case opaque = "x"
  case tensor = "z"
  case heldStorage = "h"
  case storage = "Z"
  case array = "a"
  case objectArray = "A"
  case memory = "M"
  case generator = "g"

  /// How many values follow the tag at least.
  var fieldCount: Int {
    switch self {
    case .list, .plainList, .tuple, .plainTuple, .byteArray, .cell, .heldStorage: 1
    case .contextVariable, .deque, .bigBytes, .method, .builtinMethod, .weakReference, .constant, .opaque: 2
    case .frozen, .stretch, .set, .named, .enumeration, .reduced, .objectArray, .memory: 3
    case .dict, .instance, .classObject, .generator: 4
    case .function, .storage: 5
    case .array: 7
    case .tensor: 9
    }
  }
}
