Feature: Sums
  Background:
    Given a calculator
  Scenario: adds
    When 2 and 2 are added
    Then it shows 4
  Scenario: fails
    When 2 and 2 are added
    Then it shows 5
  Scenario: unknown
    When something new happens
