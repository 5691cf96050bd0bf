using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Machines.Catalog;
using Semel.Machines.Partition;
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
    ProducerId _nextReserved;
    long _first, _nextGiven;

    /// <summary>Takes over what earlier processes have done. Once, before anything else; the catalog is open.</summary>
    public void Load(CatalogView view)
    {
        _nextReserved = view.NextProducerId;
        (_first, _nextGiven) = (view.FirstProducerId.Value, view.NextProducerId.Value);
    }

    /// <summary>What has been given out until now; what earlier processes had reserved counts as such.</summary>
    public ProducerIdRange GivenOut
    {
        get
        {
            // The other way round than they are written: the first is there when ids are.
            var next = new ProducerId(Volatile.Read(ref _nextGiven));
            return new(new ProducerId(Volatile.Read(ref _first)), next);
        }
    }

    /// <summary>The id that comes next: all that are given out from now on are this one or later. 0 when none was ever given out.</summary>
    public ProducerId Next
    {
        get
        {
            lock (_gate) return _block.Left > 0 ? _block.Next : _next?.Next ?? _nextReserved;
        }
    }

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
                if (taken) Volatile.Write(ref _nextGiven, id.Value + 1);
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
        var reply = await catalog.AskAsync(CatalogCommand.ReserveProducerIds(ProducerIdSpace.FirstOf(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))));
        lock (_gate)
        {
            _reserving = null;
            if (reply.Error != ErrorCode.None) return reply.Error;
            _next = new ProducerIdBlock(reply.FirstProducerId, reply.ProducerIdCount);
            if (_first < 0) Volatile.Write(ref _first, reply.FirstProducerId.Value);
            _nextReserved = new ProducerId(reply.FirstProducerId.Value + reply.ProducerIdCount);
        }
        Broker.Log.ProducerIdsReserved(logger, reply.FirstProducerId.Value, reply.FirstProducerId.Value + reply.ProducerIdCount - 1);
        return ErrorCode.None;
    }
}
