Given(/^a calculator$/) { @v = 0 }
When(/^(\d+) and (\d+) are added$/) { |a, b| @v = a.to_i + b.to_i }
Then(/^it shows (\d+)$/) { |n| raise "got #{@v}" unless @v == n.to_i }
