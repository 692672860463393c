"""Where the hosts of a job meet: one TCP connection from every worker to the head, kept for the whole job.

    worker                                   head
      | --------- join (its name) ---------> |
      | <------------- welcome ------------- |   or `refused`, with the reason
      | <------------- engine -------------- |   the address and secrets of the head's engine
      | -------------- ready --------------> |   this host's node has joined the engine
      | <-------------- start -------------- |   every host is ready
      | -------------- ended --------------> |   only when something ended here first
      | <----------- conclusion ------------ |   the same verdict for all; the worker then closes

Either side takes a connection that closes early as the loss of the other host. So it takes silence: both say `alive`
every few seconds, because a host that was frozen, or cut off the network, closes nothing.

With a rendezvous key all of it is in TLS, and each side proves that it knows the key before the other says a word:
`tls`. Without one the head looks at the address that a worker comes from: `admission`.
"""
