from behave import *
@given('a calculator')
def a(c): c.v=0
@when('{a:d} and {b:d} are added')
def b(c,a,b): c.v=a+b
@then('it shows {n:d}')
def t(c,n): assert c.v==n, c.v
