using Semel.Cli.Output;

namespace Semel.Cli.Consume;

/// <summary>One way to print a record.</summary>
public interface IRecordFormat
{
    void Write(OutputText output, in ShownRecord record);
}
