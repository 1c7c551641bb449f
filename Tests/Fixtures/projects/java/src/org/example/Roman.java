package org.example;

public final class Roman {
  private static final int[] VALUES = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
  private static final String[] DIGITS = {
    "M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"
  };

  private Roman() {}

  public static String of(int number) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < VALUES.length; i++) {
      for (; number >= VALUES[i]; number -= VALUES[i]) text.append(DIGITS[i]);
    }
    return text.toString();
  }

  public static void main(String[] arguments) {
    for (String argument : arguments) System.out.println(of(Integer.parseInt(argument)));
  }
}
