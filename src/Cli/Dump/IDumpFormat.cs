using Semel.Log.Segments;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Cli.Dump;

/// <summary>One way to print what a scan finds.</summary>
public interface IDumpFormat
{
    /// <param name="state">What the records in the file are, when it is one of a log in which a coordinator keeps its state.</param>
    void File(string path, long length, StateLog? state);

    /// <summary>A batch, or damage in place of one.</summary>
    void Batch(string path, InspectedBatch batch);

    /// <summary>The record that the reader stands at, of the batch before.</summary>
    void Record(in RecordBatchReader record);

    /// <summary>The records of the batch before cannot be read, though the batch is sound.</summary>
    void Unreadable(InspectedBatch batch, string reason);

    void Summary(DumpTotals totals);
}
