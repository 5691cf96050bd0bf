namespace Semel.Extensions.Hosting;

/// <summary>What a client is; in the order in which they are closed.</summary>
internal enum ClientKind
{
    Consumer,
    TransactionalProducer,
    Producer,
    Admin,
}
