import Distributions

extension Family {
  static let combined: [Family] = []
}
