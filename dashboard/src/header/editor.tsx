/** The form behind a filter. Loaded when one is opened. */

import { Button, CloseButton, NativeSelect } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { type Filter, OPERATORS } from "../view/view";
import { dimensionName, FILTERABLE, operatorName, valueName } from "../view/words";
import { Values } from "./values";

interface Props {
  filter: Filter;
  /** Its place among the filters of the view; one beyond them for what is no filter of the view. */
  nth: number;
  apply?: string;
  onDone: (filter: Filter | undefined) => void;
}

export default function Editor({ filter, nth, apply = "Apply filter", onDone }: Props) {
  const [dimension, setDimension] = useState(filter.dimension);
  const [operator, setOperator] = useState(filter.operator);
  const [values, setValues] = useState(filter.values);
  const dimensions = FILTERABLE.includes(dimension) ? FILTERABLE : [dimension, ...FILTERABLE];
  const operators = OPERATORS.some((o) => o === operator) ? OPERATORS : [operator, ...OPERATORS];
  function submit(event: FormEvent) {
    event.preventDefault();
    if (values.length > 0) onDone({ operator, dimension, values });
  }
  return (
    <form onSubmit={submit} className="stack tight">
      <div className="two">
        <NativeSelect
          label="What"
          value={dimension}
          onChange={(event) => {
            setDimension(event.currentTarget.value);
            setValues([]);
          }}
          data={dimensions.map((value) => ({ value, label: dimensionName(value) }))}
        />
        <NativeSelect
          label="How"
          value={operator}
          onChange={(event) => setOperator(event.currentTarget.value)}
          data={operators.map((value) => ({ value, label: operatorName(value) }))}
        />
      </div>
      <ul className="values" aria-label="Chosen values">
        {values.map((value) => (
          <li key={value} className="value">
            {valueName(dimension, value)}
            <CloseButton
              size="xs"
              aria-label={`Remove ${valueName(dimension, value)}`}
              onClick={() => setValues(values.filter((v) => v !== value))}
            />
          </li>
        ))}
      </ul>
      <Values
        key={dimension}
        dimension={dimension}
        nth={nth}
        free={operator !== "is" && operator !== "is_not"}
        chosen={values}
        onChoose={(value) => setValues(values.includes(value) ? values : [...values, value])}
      />
      <Button type="submit" disabled={values.length === 0}>
        {apply}
      </Button>
    </form>
  );
}
