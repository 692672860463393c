"""Where the hosts of a job meet: one TCP connection from every worker to the head, kept for the whole job.

    worker                                   head
      | <------------- challenge ------------- |   a nonce
      | ---- join (name, proof of the key) --> |   or `refused`, with the reason
      | <--------------- engine -------------- |   once the head's engine runs: its address and secrets
      | --------------- ready ---------------> |   this host's node has joined the engine
      | <--------------- start --------------- |   every host is ready
      | --------------- ended ---------------> |   only when something ended here first
      | <------------ conclusion ------------- |   the same verdict for all; the worker then closes

Either side takes a connection that closes early as the loss of the other host. So it takes silence: both say `alive`
every few seconds, because a host that was frozen, or cut off the network, closes nothing.
"""
