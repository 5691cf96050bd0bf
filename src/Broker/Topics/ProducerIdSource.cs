using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// Hands out producer ids from blocks that the catalog has made durable before. The next block is asked for when nine tenths of one are used, so that
/// nobody waits for the disk. Thread safe.
/// </summary>
internal sealed class ProducerIdSource(Sequencer<CatalogCommand, CatalogReply, CatalogView> catalog, ILogger logger)
{
    readonly Lock _gate = new();
    ProducerIdBlock _block = new(ProducerId.None, 0);
    ProducerIdBlock? _next;
    Task<ErrorCode>? _reserving;

    /// <returns>COORDINATOR_LOAD_IN_PROGRESS, which every client takes as "again soon", when no block could be made durable.</returns>
    public async ValueTask<(ErrorCode Error, ProducerId ProducerId)> TakeAsync()
    {
        while (true)
        {
            Task<ErrorCode> reserving;
            lock (_gate)
            {
                if (_block.Left == 0 && _next is { } next) (_block, _next) = (next, null);
                var taken = _block.TryTake(out var id);
                if (taken && (!_block.IsNextWanted || _next is not null)) return (ErrorCode.None, id);
                reserving = _reserving ??= ReserveAsync();
                if (taken) return (ErrorCode.None, id);
            }
            if (await reserving is not ErrorCode.None and var error)
                return (error == ErrorCode.UnknownServerError ? error : ErrorCode.CoordinatorLoadInProgress, ProducerId.None);
        }
    }

    async Task<ErrorCode> ReserveAsync()
    {
        // Not within the lock that the caller holds: the turn may run on this very thread.
        await Task.Yield();
        var reply = await catalog.AskAsync(CatalogCommand.ReserveProducerIds);
        lock (_gate)
        {
            _reserving = null;
            if (reply.Error != ErrorCode.None) return reply.Error;
            _next = new ProducerIdBlock(reply.FirstProducerId, reply.ProducerIdCount);
        }
        Broker.Log.ProducerIdsReserved(logger, reply.FirstProducerId.Value, reply.FirstProducerId.Value + reply.ProducerIdCount - 1);
        return ErrorCode.None;
    }
}
