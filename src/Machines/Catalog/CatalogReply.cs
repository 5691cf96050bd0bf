using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>The answer to one command.</summary>
public readonly record struct CatalogReply
{
    public required ErrorCode Error { get; init; }
    /// <summary>Why it was refused, for a person; null when it was not.</summary>
    public string? Message { get; init; }
    /// <summary>The topic that was created, or would be, or was deleted.</summary>
    public CatalogTopic? Topic { get; init; }
    /// <summary>The first id of the block that was reserved; none otherwise.</summary>
    public ProducerId FirstProducerId { get; init; }
    /// <summary>How many ids the block has.</summary>
    public int ProducerIdCount { get; init; }

    public static CatalogReply Failed(ErrorCode error, string message) => new() { Error = error, Message = message, FirstProducerId = ProducerId.None };
    public static CatalogReply Done(CatalogTopic topic) => new() { Error = ErrorCode.None, Topic = topic, FirstProducerId = ProducerId.None };
}
