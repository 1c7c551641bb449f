package org.example;

public final class RomanTest {
  public static void main(String[] arguments) {
    expect(1, "I");
    expect(4, "IV");
    expect(1994, "MCMXCIV");
    System.out.println("OK (3 tests)");
  }

  private static void expect(int number, String text) {
    String found = Roman.of(number);
    if (!found.equals(text)) throw new AssertionError(number + ": expected " + text + ", found " + found);
  }
}
