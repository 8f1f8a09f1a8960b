import Distributions

extension Family {
  static let discrete: [Family] = []
}
