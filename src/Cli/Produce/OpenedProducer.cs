using Semel.Cli.Connecting;
using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>The producer that the settings ask for: one with a transactional.id writes in transactions.</summary>
sealed class OpenedProducer : IAsyncDisposable
{
    readonly IProducer? _plain;
    readonly ITransactionalProducer<Null, Null>? _transactional;

    /// <exception cref="CommandException">A setting is refused.</exception>
    public OpenedProducer(IReadOnlyDictionary<string, string> settings)
    {
        try
        {
            var builder = new ProducerBuilder<Null, Null>(settings);
            if (ProduceOptions.IsTransactional(settings)) _transactional = builder.BuildTransactional();
            else _plain = builder.Build();
        }
        catch (KafkaConfigException refused)
        {
            throw CommandException.Usage(refused.Message);
        }
    }

    public ProducerInfo Info => _plain?.Info ?? _transactional!.Info;

    /// <summary>Lets the watch hear of what keeps the producer from its work.</summary>
    public void Tell(TroubleWatch watch, IReadOnlyDictionary<string, string> settings)
    {
        void OnUnreachable(BrokerUnreachable told) => watch.Happened(Trouble.Of(told));
        void OnEvent(ProducerEvent told)
        {
            watch.Happened(Trouble.Of(told));
            if (told is PartitionUnavailable unavailable) TroubleReasons.Look(watch, settings, unavailable);
        }
        if (_plain is { } plain)
        {
            plain.Unreachable += OnUnreachable;
            plain.Events += OnEvent;
        }
        else
        {
            _transactional!.Unreachable += OnUnreachable;
            _transactional.Events += OnEvent;
        }
    }

    /// <summary>Where the records go.</summary>
    public IRecordTarget Target(long recordsPerTransaction, AcknowledgementReport report) =>
        _plain is { } plain ? new ProducerTarget(plain) : new TransactionTarget(_transactional!, recordsPerTransaction, report);

    public ValueTask DisposeAsync() => _plain?.DisposeAsync() ?? _transactional!.DisposeAsync();
}
