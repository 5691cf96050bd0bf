using System.Globalization;
using System.Text;
using Semel.Cli.Output;
using Semel.Log.Segments;
using Semel.Protocol;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Cli.Dump;

/// <summary>A scan as text: one line per batch with the names that Kafka's own dump tool uses, one per record when asked, and damage where it lies.</summary>
public sealed class DumpText(OutputText output, bool withRecords) : IDumpFormat
{
    StateLog? _state;

    public void File(string path, long length, StateLog? state)
    {
        _state = state;
        output.WriteLine($"Dumping {path} ({length} bytes)");
    }

    public void Batch(string path, InspectedBatch batch)
    {
        if (batch.Header is { } header && !batch.Bytes.IsEmpty) output.WriteLine(HeaderLine(batch, header));
        if (batch.Fault is { } damage) output.WriteLine($"DAMAGE in {path} at position {batch.Position} ({batch.SizeInBytes} bytes): {damage}");
    }

    public void Record(in RecordBatchReader record)
    {
        // A control batch has one record, and that one says everything.
        if (!withRecords && !record.Header.Attributes.IsControl) return;
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"| offset: {record.Offset} {record.Header.Attributes.TimestampType}: {record.Timestamp} keySize: {(record.KeyIsNull ? -1 : record.Key.Length)} valueSize: {(record.ValueIsNull ? -1 : record.Value.Length)}");
        if (record.Header.BaseSequence >= 0) line.Append(CultureInfo.InvariantCulture, $" sequence: {SequenceNumber.Add(record.Header.BaseSequence, record.OffsetDelta)}");
        if (record.HeaderCount > 0)
            line.Append(" headers: [").AppendJoin(',', DumpedHeaders.Of(record).Select(header => $"{header.Key}={(header.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "null")}")).Append(']');
        output.Write(line.ToString());
        if (record.Header.Attributes.IsControl) output.Write($" {DumpedControl.Of(record.Key, record.Value)}");
        else if (_state is null || !WriteState(_state, record)) WriteBytes(record);
        output.WriteLine();
    }

    void WriteBytes(in RecordBatchReader record)
    {
        if (!record.KeyIsNull) Part(" key: ", record.Key);
        if (!record.ValueIsNull) Part(" payload: ", record.Value);
    }

    bool WriteState(StateLog log, in RecordBatchReader record)
    {
        try
        {
            var state = DumpedState.Of(log, record.Key, record.Value, record.ValueIsNull);
            output.Write($" key: {DumpedState.Text(state.Key)}");
            if (state.IsTombstone) output.Write(" payload: <DELETE>");
            else if (state.Value is not null) output.Write($" payload: {DumpedState.Text(state.Value)}");
            else Part(" payload: ", record.Value);
            return true;
        }
        catch (WireFormatException reason)
        {
            output.Write($" (no record of {log.Topic}: {reason.Message})");
            return false;
        }
    }

    public void Unreadable(InspectedBatch batch, string reason)
    {
        if (withRecords) output.WriteLine($"| records of this batch cannot be shown: {reason}");
    }

    public void Summary(DumpTotals totals) => output.WriteLine(totals.ToString());

    void Part(string name, ReadOnlySpan<byte> bytes)
    {
        output.Write(name);
        output.Write(bytes);
    }

    static string HeaderLine(InspectedBatch batch, in RecordBatchHeader header) => string.Create(CultureInfo.InvariantCulture,
        $"baseOffset: {header.BaseOffset} lastOffset: {header.LastOffset} count: {header.RecordCount} baseSequence: {header.BaseSequence} lastSequence: {header.LastSequence} producerId: {header.ProducerId} producerEpoch: {header.ProducerEpoch} partitionLeaderEpoch: {header.LeaderEpoch} isTransactional: {Word(header.Attributes.IsTransactional)} isControl: {Word(header.Attributes.IsControl)} position: {batch.Position} {header.Attributes.TimestampType}: {header.MaxTimestamp} size: {batch.SizeInBytes} magic: {header.Magic} compresscodec: {CodecName(header.Attributes.Codec)} crc: {header.Crc} isvalid: {Word(batch.Fault is null)}");

    static string Word(bool value) => value ? "true" : "false";

    internal static string CodecName(CompressionCodec codec) => Enum.IsDefined(codec) ? codec.ToString().ToLowerInvariant() : ((int)codec).ToString(CultureInfo.InvariantCulture);
}
