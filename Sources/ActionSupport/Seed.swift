/// What action plugins share beyond ActionKit, each in a file of its own: digests, archives, YAML, XML, Markdown.
enum ActionSupport {}
