import Distributions

extension Family {
  static let stable: [Family] = []
}
