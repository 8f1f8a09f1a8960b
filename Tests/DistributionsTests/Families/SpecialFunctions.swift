import Distributions

extension Family {
  static let specialFunctions: [Family] = []
}
