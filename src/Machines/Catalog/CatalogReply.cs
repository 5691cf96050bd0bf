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

    /// <summary>The cluster's name, which may have been there before; null in replies to other commands.</summary>
    public string? ClusterId { get; init; }

    public static CatalogReply Failed(ErrorCode error, string message) => new() { Error = error, Message = message, FirstProducerId = ProducerId.None };
    public static CatalogReply Named(string clusterId) => new() { Error = ErrorCode.None, ClusterId = clusterId, FirstProducerId = ProducerId.None };
    public static CatalogReply Done(CatalogTopic topic) => new() { Error = ErrorCode.None, Topic = topic, FirstProducerId = ProducerId.None };
}
