print("journeyman")
