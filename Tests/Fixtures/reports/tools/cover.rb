require 'simplecov'
SimpleCov.start { enable_coverage :branch; command_name 'run' }
SimpleCov.at_exit { r = SimpleCov.result; puts "LINE #{r.covered_lines}/#{r.total_lines}"; puts "BRANCH #{r.covered_branches}/#{r.total_branches}"; r.format! }
require_relative 'sign'
sign(1)
