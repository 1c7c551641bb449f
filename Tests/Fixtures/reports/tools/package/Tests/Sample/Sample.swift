import Testing
@Test func passes() {}
@Test func fails() { #expect(1 == 2) }
@Test(.disabled("later")) func skips() {}
@Test(arguments: [1, 2, 3]) func rows(n: Int) { #expect(n > 0) }
