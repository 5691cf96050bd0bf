using Semel.Client.Configuration;

namespace Semel.Client.Producing.Accumulation;

/// <summary>What partitions share: the options, the memory, the clock, and the way to the machine.</summary>
internal interface IAccumulatorPort
{
    ProducerOptions Options { get; }
    MemoryBudget Memory { get; }
    BuilderPool Builders { get; }
    TimeSpan Now { get; }

    /// <summary>Why no record is accepted any more.</summary>
    Error ClosedBy { get; }
    void Post(ProducerInput input);

    /// <summary>A record of Produce failed while it waited.</summary>
    /// <param name="isWatched">Whether a handler or a caller of FlushAsync is told.</param>
    void Refused(ProduceException failure, bool isWatched);

    /// <summary>Closes a batch that takes no more records (compression, CRC) somewhere else than here, and tells the machine.</summary>
    void CloseElsewhere(BufferedBatch batch);
}
