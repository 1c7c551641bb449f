print("journeyman-agent")
